//! A dashboard as Grafana keeps it: panels in rows of 24 columns, in the order in which they are named.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::render::scene::Scene;

/// Columns of a dashboard.
const COLUMNS: u32 = 24;
/// Of Grafana's own format of dashboards: that of version 10 and later.
const SCHEMA: u32 = 39;

/// A panel.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// Grafana's id of the unit: `s`, `bytes`, `percentunit`, `reqps`, `short`.
    pub(super) unit: &'static str,
    pub(super) shape: Shape,
    /// Expressions, each with its legend.
    pub(super) queries: Vec<(Cow<'static, str>, &'static str)>,
    /// From which value on which colour; the first holds from the beginning.
    pub(super) colours: Vec<(f64, &'static str)>,
}

/// How a panel shows its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One large number each.
    Number,
    /// Lines over time.
    Lines,
}

/// One number. `colours` begin at the least value.
pub(super) fn number(
    title: &'static str,
    unit: &'static str,
    expr: impl Into<Cow<'static, str>>,
    colours: &[(f64, &'static str)],
    description: &'static str,
) -> Panel {
    let queries = vec![(expr.into(), "")];
    Panel { title, description, unit, shape: Shape::Number, queries, colours: colours.to_vec() }
}

/// Lines over time.
pub(super) fn lines(
    title: &'static str,
    unit: &'static str,
    queries: &[(&'static str, &'static str)],
    colours: &[(f64, &'static str)],
    description: &'static str,
) -> Panel {
    let queries = queries.iter().map(|(expr, legend)| (Cow::Borrowed(*expr), *legend)).collect();
    Panel { title, description, unit, shape: Shape::Lines, queries, colours: colours.to_vec() }
}

impl Shape {
    fn id(self) -> &'static str {
        match self {
            Self::Number => "stat",
            Self::Lines => "timeseries",
        }
    }

    fn size(self) -> (u32, u32) {
        match self {
            Self::Number => (4, 4),
            Self::Lines => (12, 8),
        }
    }

    fn options(self) -> Value {
        match self {
            Self::Number => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "colorMode": "value",
                "graphMode": "area",
                "textMode": "auto"
            }),
            Self::Lines => json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true },
                "tooltip": { "mode": "multi", "sort": "desc" }
            }),
        }
    }
}

impl Panel {
    fn draw(&self, id: usize, (x, y): (u32, u32)) -> Value {
        let (w, h) = self.shape.size();
        let source = json!({ "type": "prometheus", "uid": "prometheus" });
        let targets = self.queries.iter().zip('A'..='Z').map(|((expr, legend), letter)| {
            json!({ "refId": letter.to_string(), "datasource": source, "expr": expr, "legendFormat": legend })
        });
        let steps = self.colours.iter().enumerate().map(|(at, (value, colour))| {
            // The first step holds from the beginning, which Grafana writes as none.
            json!({ "value": if at == 0 { Value::Null } else { json!(value) }, "color": colour })
        });
        let mut defaults = json!({
            "unit": self.unit,
            "color": { "mode": if self.shape == Shape::Number { "thresholds" } else { "palette-classic" } },
            "thresholds": { "mode": "absolute", "steps": steps.collect::<Vec<_>>() }
        });
        if self.shape == Shape::Lines {
            let shown = if self.colours.len() > 1 { "line" } else { "off" };
            defaults["custom"] = json!({ "lineWidth": 1, "fillOpacity": 8, "thresholdsStyle": { "mode": shown } });
            defaults["min"] = json!(0);
        }
        json!({
            "id": id,
            "type": self.shape.id(),
            "title": self.title,
            "description": self.description,
            "datasource": source,
            "gridPos": { "h": h, "w": w, "x": x, "y": y },
            "fieldConfig": { "defaults": defaults, "overrides": [] },
            "options": self.shape.options(),
            "targets": targets.collect::<Vec<_>>()
        })
    }
}

/// A dashboard.
pub(super) struct Dashboard {
    pub(super) uid: &'static str,
    pub(super) title: String,
    pub(super) description: &'static str,
    /// One server is chosen above.
    pub(super) of_instance: bool,
    pub(super) panels: Vec<Panel>,
}

impl Dashboard {
    /// As JSON, as it stands in a file.
    pub(super) fn write(&self, scene: &Scene<'_>) -> String {
        let variables = if self.of_instance { vec![instance(scene)] } else { Vec::new() };
        let dashboard = json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["aroeira"],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "timezone": scene.spec.watching.zone,
            "refresh": "30s",
            "time": { "from": "now-6h", "to": "now" },
            "templating": { "list": variables },
            "links": [{
                "type": "dashboards", "tags": ["aroeira"], "title": "Aroeira", "asDropdown": false,
                "includeVars": true, "keepTime": true, "targetBlank": false, "icon": "", "tooltip": "", "url": ""
            }],
            "panels": self.placed()
        });
        serde_json::to_string_pretty(&dashboard).unwrap_or_default()
    }

    /// Panels beside each other while there is room, then in the next row.
    fn placed(&self) -> Vec<Value> {
        let (mut x, mut y, mut height) = (0, 0, 0);
        let mut placed = Vec::new();
        for (at, panel) in self.panels.iter().enumerate() {
            let (w, h) = panel.shape.size();
            if x + w > COLUMNS || (height != 0 && height != h) {
                (x, y) = (0, y + height);
            }
            placed.push(panel.draw(at + 1, (x, y)));
            (x, height) = (x + w, h);
        }
        placed
    }
}

/// The choice of a server.
fn instance(scene: &Scene<'_>) -> Value {
    json!({
        "name": "instance",
        "label": scene.say("Servidor", "Server"),
        "type": "query",
        "datasource": { "type": "prometheus", "uid": "prometheus" },
        "query": "label_values(up{job=\"aroeira\"}, instance)",
        "refresh": 2,
        "multi": true,
        "includeAll": true,
        "allValue": ".*",
        "current": { "text": "All", "value": "$__all" }
    })
}
