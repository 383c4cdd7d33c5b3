//! How a Brazilian name sounds: one key for its many spellings, "Thays" and "Taís", "Wellington" and "Uelinton".

use crate::text::fold;

/// Characters of a key.
const LONGEST: usize = 24;

/// The keys of a word, one or two: where a cedilla is written, also that of its spelling without. None for a single
/// letter, or for what has no letters.
pub(super) fn keys(word: &str) -> Vec<String> {
    let plain = sound(&fold(word));
    let lower = word.to_lowercase();
    let mut keys = vec![plain];
    if lower.contains('ç') {
        keys.push(sound(&fold(&lower.replace('ç', "s"))));
    }
    keys.retain(|key| key.len() > 1);
    keys.dedup();
    keys
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// A vowel before which c, g, q and gu change.
fn is_front(c: char) -> bool {
    matches!(c, 'e' | 'i' | 'y')
}

/// The key of a folded word. Its letters: `I` for e and i, `U` for o and u, `K` for hard c and q, `S` for c, s, z and
/// some x, `X` for x, ch and sh, `J` for j and soft g, `V` for v and w, `N` for n and an m that only nasals, `Q` for lh,
/// `W` for nh; h is silent, double letters are one.
fn sound(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().filter(char::is_ascii_lowercase).take(64).collect();
    let mut key = Key(String::new());
    // "Stefani" is spoken "Estefani".
    if let [first, second, ..] = letters.as_slice()
        && *first == 's'
        && !is_vowel(*second)
        && !matches!(second, 'h' | 's' | 'c' | 'y')
    {
        key.push('I');
    }
    let mut at = 0;
    while at < letters.len() {
        let (letter, passed) = letter(&letters, at);
        if let Some(letter) = letter {
            key.push(letter);
        }
        at += passed;
    }
    key.finish()
}

struct Key(String);

impl Key {
    fn push(&mut self, letter: char) {
        if !self.0.ends_with(letter) {
            self.0.push(letter);
        }
    }

    /// A last d is not heard ("David"), another stop has a vowel after it ("Ruth", "Isaac").
    fn finish(mut self) -> String {
        if self.0.len() > 3 && self.0.ends_with('D') {
            self.0.pop();
        } else if self.0.len() > 1 && self.0.ends_with(['T', 'K', 'P', 'B', 'F', 'G']) {
            self.0.push('I');
        }
        self.0.truncate(LONGEST);
        self.0
    }
}

/// The sound at a place, if there is one, and how many letters it takes.
fn letter(letters: &[char], at: usize) -> (Option<char>, usize) {
    let next = letters.get(at + 1).copied().unwrap_or(' ');
    let after = letters.get(at + 2).copied().unwrap_or(' ');
    let before = if at == 0 { ' ' } else { letters[at - 1] };
    match letters[at] {
        'a' => (Some('A'), 1),
        'u' if at == 0 && is_vowel(next) => (Some('V'), 1),
        'e' | 'i' | 'y' => (Some('I'), 1),
        'o' | 'u' => (Some('U'), 1),
        'v' | 'w' => (Some('V'), 1),
        'b' => (Some('B'), 1),
        'f' => (Some('F'), 1),
        'r' => (Some('R'), 1),
        't' => (Some('T'), 1),
        'd' if next == 'j' => (None, 1),
        'd' => (Some('D'), 1),
        'j' => (Some('J'), 1),
        'k' => (Some('K'), 1),
        'z' => (Some('S'), 1),
        'l' if next == 'h' && is_vowel(after) => (Some('Q'), 2),
        'l' => (Some('L'), 1),
        'n' if next == 'h' && is_vowel(after) => (Some('W'), 2),
        'n' => (Some('N'), 1),
        'm' if is_vowel(next) || next == 'h' => (Some('M'), 1),
        'm' if next == 'm' => (None, 1),
        'm' => (Some('N'), 1),
        'p' if next == 'h' => (Some('F'), 2),
        'p' if next == 't' || (before == 'm' && matches!(next, 's' | 'c')) => (None, 1),
        'p' => (Some('P'), 1),
        'q' if next == 'u' && is_front(after) => (Some('K'), 2),
        'q' => (Some('K'), 1),
        'c' => hard_or_soft(next, after),
        'g' => (guttural(before, at, next, after), if next == 'u' && is_front(after) { 2 } else { 1 }),
        's' => hissing(next, after),
        'x' => cross(letters, at, next, after),
        _ => (None, 1),
    }
}

fn hard_or_soft(next: char, after: char) -> (Option<char>, usize) {
    match next {
        'h' if is_vowel(after) => (Some('X'), 2),
        'h' | 'k' => (Some('K'), 2),
        't' | 'q' => (None, 1),
        front if is_front(front) => (Some('S'), 1),
        _ => (Some('K'), 1),
    }
}

fn guttural(before: char, at: usize, next: char, after: char) -> Option<char> {
    match next {
        'u' if is_front(after) => Some('G'),
        front if is_front(front) => Some('J'),
        // "Wellington", "Ignácio".
        'n' if at == 1 && before == 'i' => None,
        other if before == 'n' && !is_vowel(other) => None,
        _ => Some('G'),
    }
}

fn hissing(next: char, after: char) -> (Option<char>, usize) {
    match (next, after) {
        ('c', 'h') => (Some('X'), 3),
        ('h', _) => (Some('X'), 2),
        ('c', front) if is_front(front) => (Some('S'), 2),
        _ => (Some('S'), 1),
    }
}

fn cross(letters: &[char], at: usize, next: char, after: char) -> (Option<char>, usize) {
    match next {
        ' ' => (Some('S'), 1),
        'c' if is_front(after) => (Some('S'), 2),
        's' => (Some('X'), 2),
        vowel if is_vowel(vowel) => {
            // "Exequiel" sounds like "Ezequiel", "Alexandre" does not.
            let begins = at == 1 && letters[0] == 'e';
            (Some(if begins { 'S' } else { 'X' }), 1)
        }
        _ => (Some('S'), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let others = keys(other);
        keys(one).iter().any(|key| others.contains(key))
    }

    #[test]
    fn spellings_of_one_name_sound_alike() {
        for group in [
            "Thays Taís Thais Tays Taiz Thaís",
            "Luiz Luis Luís Luys",
            "Sousa Souza Soza",
            "Philipe Felipe Filipe Phelippe Fellipe Felippe",
            "Wellington Uelinton Welington Uellington Velinton",
            "Thiago Tiago Tyago Thyago",
            "Yago Iago Hiago",
            "Jéssica Jessica Gessica Jessyca Géssyka",
            "Kátia Cátia Katia Katya",
            "Vítor Victor Vitor Vytor",
            "Raphaela Rafaela Rafaella",
            "Michele Michelle Mixele Micheli Michelly",
            "Cristiane Christiane Kristiane Cristiani",
            "Alexandre Alechandre Alexandri",
            "Hélio Élio Helio",
            "Walter Valter Walther",
            "Oswaldo Osvaldo",
            "Manoel Manuel",
            "Geovana Jeovana Geovanna Giovana",
            "Matheus Mateus Matheos",
            "Nathália Natália Natalia Nathalya",
            "Isabela Izabela Isabella Izabella",
            "Teresinha Terezinha Theresinha",
            "Queiroz Queirós Queiros Keiroz",
            "Conceição Conceicao Conseição",
            "Gonçalves Goncalves Gonsalves",
            "Assunção Assumpção Assuncao",
            "Baptista Batista",
            "Guilherme Guylherme Guilhermi",
            "Raíssa Rayssa Raissa",
            "Yasmin Iasmin Yasmim Iasmim",
            "Caíque Kaique Kayke Caique",
            "Ruth Rute Rut",
            "Elizabeth Elisabete Elizabete Elisabeth",
            "David Davi Davy",
            "Isaac Isaque Isac",
            "Stefany Stephanie Estefani Estéfany",
            "Wagner Vagner",
            "Ignácio Inácio",
            "Melo Mello",
            "Correia Corrêa Correa",
            "Moraes Morais",
            "Menezes Meneses",
            "Teixeira Texeira Teicheira",
            "Félix Felix Felis",
            "Nascimento Nacimento Nassimento",
            "Djalma Jalma",
            "Ezequiel Exequiel Esequiel",
            "Anna Ana Hana Hannah",
            "Jonathan Jhonatan Jonatan Jhonathan",
            "Jaqueline Jacqueline Jakeline Jaquelyne",
            "Emmanuelle Emanuele Emanueli",
            "Wilson Uilson Vilson Wylson",
            "Campos Canpos",
            "Lourdes Lurdes",
            "Xavier Chavier",
            "Washington Waxinton",
            "Érica Erika Héricka",
        ] {
            let names: Vec<&str> = group.split(' ').collect();
            for name in &names {
                assert!(alike(names[0], name), "{} and {name}: {:?} {:?}", names[0], keys(names[0]), keys(name));
            }
        }
    }

    #[test]
    fn other_names_do_not() {
        for (one, other) in [
            ("Paulo", "Paula"),
            ("Luís", "Luísa"),
            ("Luiz", "Laís"),
            ("Maria", "Mário"),
            ("Mariana", "Marina"),
            ("Ana", "Ane"),
            ("José", "João"),
            ("Joana", "João"),
            ("Carlos", "Carla"),
            ("Rosa", "Rocha"),
            ("Silva", "Souza"),
            ("Cunha", "Cuna"),
            ("Filho", "Filo"),
            ("Palha", "Pala"),
            ("Bruno", "Breno"),
            ("Alice", "Elisa"),
            ("Costa", "Castro"),
            ("Lima", "Limeira"),
            ("Daniel", "Daniela"),
            ("Renan", "Renato"),
            ("Fernando", "Fernanda"),
            ("Pereira", "Parreira"),
            ("Caroline", "Carolina"),
            ("Tatiana", "Taciana"),
            ("Gato", "Jato"),
            ("Kátia", "Cíntia"),
            ("Helena", "Helen"),
            ("Ellen", "Elena"),
            ("Adriano", "Adriana"),
            ("Márcia", "Márcio"),
            ("Antônio", "Antônia"),
            ("Rodrigo", "Rodrigues"),
            ("Fábio", "Fabiana"),
            ("Bárbara", "Bernarda"),
            ("Vanessa", "Vanusa"),
            ("Edson", "Edilson"),
            ("Roberto", "Robert"),
            ("Marta", "Marcia"),
            ("Pedro", "Petra"),
            ("Dias", "Dantas"),
        ] {
            assert!(!alike(one, other), "{one} and {other}: {:?}", keys(one));
        }
    }

    #[test]
    fn what_is_no_name_has_no_key() {
        for none in ["", "J", "J.", "1234", "-", "日本"] {
            assert!(keys(none).is_empty(), "{none}");
        }
        assert!(keys(&"Anastácia".repeat(50)).iter().all(|key| key.len() <= LONGEST));
    }
}
