//! The prefixes and unit atoms of UCUM 2.2 (2024-06-17), with what each is in others. Read once.

use std::{collections::HashMap, sync::OnceLock};

use super::ratio::Ratio;
use super::{Scale, Unit, grammar};

/// A unit atom.
#[derive(Debug)]
pub(super) struct Atom {
    /// Takes prefixes.
    pub(super) metric: bool,
    pub(super) unit: Unit,
}

/// The base units.
const BASE: [&str; 7] = ["m", "s", "g", "rad", "K", "C", "cd"];

/// What a prefix multiplies with.
pub(super) fn prefix(name: &str) -> Option<Ratio> {
    let ten = |power: i32| Ratio::whole(10).power(power);
    match name {
        "Y" => ten(24),
        "Z" => ten(21),
        "E" => ten(18),
        "P" => ten(15),
        "T" => ten(12),
        "G" => ten(9),
        "M" => ten(6),
        "k" => ten(3),
        "h" => ten(2),
        "da" => ten(1),
        "d" => ten(-1),
        "c" => ten(-2),
        "m" => ten(-3),
        "u" => ten(-6),
        "n" => ten(-9),
        "p" => ten(-12),
        "f" => ten(-15),
        "a" => ten(-18),
        "z" => ten(-21),
        "y" => ten(-24),
        "Ki" => Some(Ratio::whole(1 << 10)),
        "Mi" => Some(Ratio::whole(1 << 20)),
        "Gi" => Some(Ratio::whole(1 << 30)),
        "Ti" => Some(Ratio::whole(1 << 40)),
        _ => None,
    }
}

/// The unit of an atom.
pub(super) fn atom(name: &str) -> Option<&'static Atom> {
    static KNOWN: OnceLock<HashMap<&'static str, OnceLock<Option<Atom>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let names = BASE.into_iter().chain(ATOMS.iter().map(|(name, ..)| *name));
        names.map(|name| (name, OnceLock::new())).collect()
    });
    let (name, slot) = known.get_key_value(name)?;
    // An atom is defined by others, and none by itself: a test reads them all.
    slot.get_or_init(|| read(name)).as_ref()
}

fn read(name: &'static str) -> Option<Atom> {
    let own = |factor: Ratio, scale: Scale| Unit { dimension: vec![(name, 1)], factor, scale };
    if BASE.contains(&name) {
        return Some(Atom { metric: true, unit: own(Ratio::ONE, Scale::Linear) });
    }
    let (_, metric, meaning) = *ATOMS.iter().find(|(own, ..)| *own == name)?;
    let kelvin = |factor: Ratio, start: &str| {
        let start = Ratio::read(start)?;
        Some(Unit { dimension: vec![("K", 1)], factor, scale: Scale::From(start) })
    };
    let unit = match meaning {
        "arbitrary" => own(Ratio::ONE, Scale::Linear),
        "special" => own(Ratio::ONE, Scale::Curved),
        "celsius" => kelvin(Ratio::ONE, "273.15")?,
        "fahrenheit" => kelvin(Ratio::whole(5).over(Ratio::whole(9))?, "459.67")?,
        "reaumur" => kelvin(Ratio::whole(5).over(Ratio::whole(4))?, "218.52")?,
        _ => {
            let (value, unit) = meaning.split_once(' ')?;
            let mut unit = grammar::parse(unit)?;
            unit.factor = unit.factor.times(Ratio::read(value)?)?;
            unit
        }
    };
    Some(Atom { metric, unit })
}

/// Code, whether it takes prefixes, and the value with the unit that it is; `arbitrary` units are like nothing else,
/// `special` ones on a scale of their own.
#[rustfmt::skip]
const ATOMS: &[(&str, bool, &str)] = &[
    ("10*", false, "10 1"), ("10^", false, "10 1"), ("[pi]", false, "3.141592653589793238 1"),
    ("%", false, "1 10*-2"), ("[ppth]", false, "1 10*-3"), ("[ppm]", false, "1 10*-6"), ("[ppb]", false, "1 10*-9"),
    ("[pptr]", false, "1 10*-12"), ("mol", true, "6.02214076 10*23"), ("sr", true, "1 rad2"), ("Hz", true, "1 s-1"),
    ("N", true, "1 kg.m/s2"), ("Pa", true, "1 N/m2"), ("J", true, "1 N.m"), ("W", true, "1 J/s"),
    ("A", true, "1 C/s"), ("V", true, "1 J/C"), ("F", true, "1 C/V"), ("Ohm", true, "1 V/A"), ("S", true, "1 Ohm-1"),
    ("Wb", true, "1 V.s"), ("Cel", true, "celsius"), ("T", true, "1 Wb/m2"), ("H", true, "1 Wb/A"),
    ("lm", true, "1 cd.sr"), ("lx", true, "1 lm/m2"), ("Bq", true, "1 s-1"), ("Gy", true, "1 J/kg"),
    ("Sv", true, "1 J/kg"), ("gon", false, "0.9 deg"), ("deg", false, "2 [pi].rad/360"), ("'", false, "1 deg/60"),
    ("''", false, "1 '/60"), ("l", true, "1 dm3"), ("L", true, "1 l"), ("ar", true, "100 m2"), ("min", false, "60 s"),
    ("h", false, "60 min"), ("d", false, "24 h"), ("a_t", false, "365.24219 d"), ("a_j", false, "365.25 d"),
    ("a_g", false, "365.2425 d"), ("a", false, "1 a_j"), ("wk", false, "7 d"), ("mo_s", false, "29.53059 d"),
    ("mo_j", false, "1 a_j/12"), ("mo_g", false, "1 a_g/12"), ("mo", false, "1 mo_j"), ("t", true, "1e3 kg"),
    ("bar", true, "1e5 Pa"), ("u", true, "1.66053906660e-24 g"), ("eV", true, "1 [e].V"),
    ("AU", false, "149597.870691 Mm"), ("pc", true, "3.085678e16 m"), ("[c]", true, "299792458 m/s"),
    ("[h]", true, "6.62607015e-34 J.s"), ("[k]", true, "1.380649e-23 J/K"), ("[eps_0]", true, "8.854187817e-12 F/m"),
    ("[mu_0]", true, "1 4.[pi].10*-7.N/A2"), ("[e]", true, "1.602176634e-19 C"),
    ("[m_e]", true, "9.1093837139e-31 kg"), ("[m_p]", true, "1.67262192595e-27 kg"),
    ("[G]", true, "6.67430e-11 m3.kg-1.s-2"), ("[g]", true, "980665e-5 m/s2"), ("atm", false, "101325 Pa"),
    ("[ly]", true, "1 [c].a_j"), ("gf", true, "1 g.[g]"), ("[lbf_av]", false, "1 [lb_av].[g]"),
    ("Ky", true, "1 cm-1"), ("Gal", true, "1 cm/s2"), ("dyn", true, "1 g.cm/s2"), ("erg", true, "1 dyn.cm"),
    ("P", true, "1 dyn.s/cm2"), ("Bi", true, "10 A"), ("St", true, "1 cm2/s"), ("Mx", true, "1e-8 Wb"),
    ("G", true, "1e-4 T"), ("Oe", true, "250 /[pi].A/m"), ("Gb", true, "1 Oe.cm"), ("sb", true, "1 cd/cm2"),
    ("Lmb", true, "1 cd/cm2/[pi]"), ("ph", true, "1e-4 lx"), ("Ci", true, "37e9 Bq"), ("R", true, "2.58e-4 C/kg"),
    ("RAD", true, "100 erg/g"), ("REM", true, "1 RAD"), ("[in_i]", false, "254e-2 cm"),
    ("[ft_i]", false, "12 [in_i]"), ("[yd_i]", false, "3 [ft_i]"), ("[mi_i]", false, "5280 [ft_i]"),
    ("[fth_i]", false, "6 [ft_i]"), ("[nmi_i]", false, "1852 m"), ("[kn_i]", false, "1 [nmi_i]/h"),
    ("[sin_i]", false, "1 [in_i]2"), ("[sft_i]", false, "1 [ft_i]2"), ("[syd_i]", false, "1 [yd_i]2"),
    ("[cin_i]", false, "1 [in_i]3"), ("[cft_i]", false, "1 [ft_i]3"), ("[cyd_i]", false, "1 [yd_i]3"),
    ("[bf_i]", false, "144 [in_i]3"), ("[cr_i]", false, "128 [ft_i]3"), ("[mil_i]", false, "1e-3 [in_i]"),
    ("[cml_i]", false, "1 [pi]/4.[mil_i]2"), ("[hd_i]", false, "4 [in_i]"), ("[ft_us]", false, "1200 m/3937"),
    ("[yd_us]", false, "3 [ft_us]"), ("[in_us]", false, "1 [ft_us]/12"), ("[rd_us]", false, "16.5 [ft_us]"),
    ("[ch_us]", false, "4 [rd_us]"), ("[lk_us]", false, "1 [ch_us]/100"), ("[rch_us]", false, "100 [ft_us]"),
    ("[rlk_us]", false, "1 [rch_us]/100"), ("[fth_us]", false, "6 [ft_us]"), ("[fur_us]", false, "40 [rd_us]"),
    ("[mi_us]", false, "8 [fur_us]"), ("[acr_us]", false, "160 [rd_us]2"), ("[srd_us]", false, "1 [rd_us]2"),
    ("[smi_us]", false, "1 [mi_us]2"), ("[sct]", false, "1 [mi_us]2"), ("[twp]", false, "36 [sct]"),
    ("[mil_us]", false, "1e-3 [in_us]"), ("[in_br]", false, "2.539998 cm"), ("[ft_br]", false, "12 [in_br]"),
    ("[rd_br]", false, "16.5 [ft_br]"), ("[ch_br]", false, "4 [rd_br]"), ("[lk_br]", false, "1 [ch_br]/100"),
    ("[fth_br]", false, "6 [ft_br]"), ("[pc_br]", false, "2.5 [ft_br]"), ("[yd_br]", false, "3 [ft_br]"),
    ("[mi_br]", false, "5280 [ft_br]"), ("[nmi_br]", false, "6080 [ft_br]"), ("[kn_br]", false, "1 [nmi_br]/h"),
    ("[acr_br]", false, "4840 [yd_br]2"), ("[gal_us]", false, "231 [in_i]3"), ("[bbl_us]", false, "42 [gal_us]"),
    ("[qt_us]", false, "1 [gal_us]/4"), ("[pt_us]", false, "1 [qt_us]/2"), ("[gil_us]", false, "1 [pt_us]/4"),
    ("[foz_us]", false, "1 [gil_us]/4"), ("[fdr_us]", false, "1 [foz_us]/8"), ("[min_us]", false, "1 [fdr_us]/60"),
    ("[crd_us]", false, "128 [ft_i]3"), ("[bu_us]", false, "2150.42 [in_i]3"), ("[gal_wi]", false, "1 [bu_us]/8"),
    ("[pk_us]", false, "1 [bu_us]/4"), ("[dqt_us]", false, "1 [pk_us]/8"), ("[dpt_us]", false, "1 [dqt_us]/2"),
    ("[tbs_us]", false, "1 [foz_us]/2"), ("[tsp_us]", false, "1 [tbs_us]/3"), ("[cup_us]", false, "16 [tbs_us]"),
    ("[foz_m]", false, "30 mL"), ("[cup_m]", false, "240 mL"), ("[tsp_m]", false, "5 mL"),
    ("[tbs_m]", false, "15 mL"), ("[gal_br]", false, "4.54609 l"), ("[pk_br]", false, "2 [gal_br]"),
    ("[bu_br]", false, "4 [pk_br]"), ("[qt_br]", false, "1 [gal_br]/4"), ("[pt_br]", false, "1 [qt_br]/2"),
    ("[gil_br]", false, "1 [pt_br]/4"), ("[foz_br]", false, "1 [gil_br]/5"), ("[fdr_br]", false, "1 [foz_br]/8"),
    ("[min_br]", false, "1 [fdr_br]/60"), ("[gr]", false, "64.79891 mg"), ("[lb_av]", false, "7000 [gr]"),
    ("[oz_av]", false, "1 [lb_av]/16"), ("[dr_av]", false, "1 [oz_av]/16"), ("[scwt_av]", false, "100 [lb_av]"),
    ("[lcwt_av]", false, "112 [lb_av]"), ("[ston_av]", false, "20 [scwt_av]"), ("[lton_av]", false, "20 [lcwt_av]"),
    ("[stone_av]", false, "14 [lb_av]"), ("[pwt_tr]", false, "24 [gr]"), ("[oz_tr]", false, "20 [pwt_tr]"),
    ("[lb_tr]", false, "12 [oz_tr]"), ("[sc_ap]", false, "20 [gr]"), ("[dr_ap]", false, "3 [sc_ap]"),
    ("[oz_ap]", false, "8 [dr_ap]"), ("[lb_ap]", false, "12 [oz_ap]"), ("[oz_m]", false, "28 g"),
    ("[lne]", false, "1 [in_i]/12"), ("[pnt]", false, "1 [lne]/6"), ("[pca]", false, "12 [pnt]"),
    ("[pnt_pr]", false, "0.013837 [in_i]"), ("[pca_pr]", false, "12 [pnt_pr]"), ("[pied]", false, "32.48 cm"),
    ("[pouce]", false, "1 [pied]/12"), ("[ligne]", false, "1 [pouce]/12"), ("[didot]", false, "1 [ligne]/6"),
    ("[cicero]", false, "12 [didot]"), ("[degF]", false, "fahrenheit"), ("[degR]", false, "5 K/9"),
    ("[degRe]", false, "reaumur"), ("cal_[15]", true, "4.18580 J"), ("cal_[20]", true, "4.18190 J"),
    ("cal_m", true, "4.19002 J"), ("cal_IT", true, "4.1868 J"), ("cal_th", true, "4.184 J"),
    ("cal", true, "1 cal_th"), ("[Cal]", false, "1 kcal_th"), ("[Btu_39]", false, "1.05967 kJ"),
    ("[Btu_59]", false, "1.05480 kJ"), ("[Btu_60]", false, "1.05468 kJ"), ("[Btu_m]", false, "1.05587 kJ"),
    ("[Btu_IT]", false, "1.05505585262 kJ"), ("[Btu_th]", false, "1.054350 kJ"), ("[Btu]", false, "1 [Btu_th]"),
    ("[HP]", false, "550 [ft_i].[lbf_av]/s"), ("tex", true, "1 g/km"), ("[den]", false, "1 g/9/km"),
    ("m[H2O]", true, "980665e-5 kPa"), ("m[Hg]", true, "133.3220 kPa"), ("[in_i'H2O]", false, "1 m[H2O].[in_i]/m"),
    ("[in_i'Hg]", false, "1 m[Hg].[in_i]/m"), ("[PRU]", false, "1 mm[Hg].s/ml"),
    ("[wood'U]", false, "1 mm[Hg].min/L"), ("[diop]", false, "1 /m"), ("[p'diop]", false, "special"),
    ("%[slope]", false, "special"), ("[mesh_i]", false, "1 /[in_i]"), ("[Ch]", false, "1 mm/3"),
    ("[drp]", false, "1 ml/20"), ("[hnsf'U]", false, "1 1"), ("[MET]", false, "3.5 mL/min/kg"),
    ("[hp'_X]", false, "special"), ("[hp'_C]", false, "special"), ("[hp'_M]", false, "special"),
    ("[hp'_Q]", false, "special"), ("[hp_X]", false, "arbitrary"), ("[hp_C]", false, "arbitrary"),
    ("[hp_M]", false, "arbitrary"), ("[hp_Q]", false, "arbitrary"), ("[kp_X]", false, "arbitrary"),
    ("[kp_C]", false, "arbitrary"), ("[kp_M]", false, "arbitrary"), ("[kp_Q]", false, "arbitrary"),
    ("eq", true, "1 mol"), ("osm", true, "1 mol"), ("[pH]", false, "special"), ("g%", true, "1 g/dl"),
    ("[S]", false, "1 10*-13.s"), ("[HPF]", false, "1 1"), ("[LPF]", false, "100 1"), ("kat", true, "1 mol/s"),
    ("U", true, "1 umol/min"), ("[iU]", true, "arbitrary"), ("[IU]", true, "1 [iU]"), ("[arb'U]", false, "arbitrary"),
    ("[USP'U]", false, "arbitrary"), ("[GPL'U]", false, "arbitrary"), ("[MPL'U]", false, "arbitrary"),
    ("[APL'U]", false, "arbitrary"), ("[beth'U]", false, "arbitrary"), ("[anti'Xa'U]", false, "arbitrary"),
    ("[todd'U]", false, "arbitrary"), ("[dye'U]", false, "arbitrary"), ("[smgy'U]", false, "arbitrary"),
    ("[bdsk'U]", false, "arbitrary"), ("[ka'U]", false, "arbitrary"), ("[knk'U]", false, "arbitrary"),
    ("[mclg'U]", false, "arbitrary"), ("[tb'U]", false, "arbitrary"), ("[CCID_50]", false, "arbitrary"),
    ("[TCID_50]", false, "arbitrary"), ("[EID_50]", false, "arbitrary"), ("[PFU]", false, "arbitrary"),
    ("[FFU]", false, "arbitrary"), ("[CFU]", false, "arbitrary"), ("[IR]", false, "arbitrary"),
    ("[BAU]", false, "arbitrary"), ("[AU]", false, "arbitrary"), ("[Amb'a'1'U]", false, "arbitrary"),
    ("[PNU]", false, "arbitrary"), ("[Lf]", false, "arbitrary"), ("[D'ag'U]", false, "arbitrary"),
    ("[FEU]", false, "arbitrary"), ("[ELU]", false, "arbitrary"), ("[EU]", false, "arbitrary"),
    ("Np", true, "special"), ("B", true, "special"), ("B[SPL]", true, "special"), ("B[V]", true, "special"),
    ("B[mV]", true, "special"), ("B[uV]", true, "special"), ("B[10.nV]", true, "special"), ("B[W]", true, "special"),
    ("B[kW]", true, "special"), ("st", true, "1 m3"), ("Ao", false, "0.1 nm"), ("b", false, "100 fm2"),
    ("att", false, "1 kgf/cm2"), ("mho", true, "1 S"), ("[psi]", false, "1 [lbf_av]/[in_i]2"),
    ("circ", false, "2 [pi].rad"), ("sph", false, "4 [pi].sr"), ("[car_m]", false, "2e-1 g"),
    ("[car_Au]", false, "1 /24"), ("[smoot]", false, "67 [in_i]"), ("[m/s2/Hz^(1/2)]", false, "special"),
    ("[NTU]", false, "1 1"), ("[FNU]", false, "1 1"), ("bit_s", false, "special"), ("bit", true, "1 1"),
    ("By", true, "8 bit"), ("Bd", true, "1 /s"),];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_atom_can_be_read_and_each_is_there_once() {
        assert_eq!(ATOMS.len(), 305);
        for (at, (name, ..)) in ATOMS.iter().enumerate() {
            assert!(atom(name).is_some(), "{name}");
            assert!(ATOMS[at + 1..].iter().all(|(other, ..)| other != name), "{name}");
            assert!(grammar::parse(name).is_some(), "{name}");
        }
    }
}
