//! What is printed.

use std::thread::available_parallelism;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

use crate::statistics::{Pairs, Spread};

/// All that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Cores that this process may use; the servers share them.
    pub cores: usize,
    /// What was measured, in order.
    pub figures: Vec<Figure>,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What was measured, in a few words.
    pub measured: &'static str,
    /// Of `ours` and `bare`.
    pub unit: &'static str,
    /// Ours, over all rounds.
    pub ours: Spread,
    /// The bare thing, over all rounds, where there is one.
    pub bare: Option<Spread>,
    /// Ours divided by the bare thing, pair by pair.
    pub ratio: Option<Spread>,
    /// What we want of it.
    pub goal: Option<Goal>,
}

/// What we want of a figure.
#[derive(Debug, Serialize)]
pub struct Goal {
    /// In words.
    pub wanted: &'static str,
    /// Whether it was reached this time.
    pub reached: bool,
}

impl Figure {
    /// A figure that was measured in pairs and has no goal.
    pub fn of_pairs(
        name: &'static str,
        measured: &'static str,
        unit: &'static str,
        pairs: &Pairs,
    ) -> Self {
        Self {
            name,
            measured,
            unit,
            ours: pairs.ours(),
            bare: Some(pairs.bare()),
            ratio: Some(pairs.ratio()),
            goal: None,
        }
    }

    /// A figure of ours that has nothing beside it.
    pub fn alone(
        name: &'static str,
        measured: &'static str,
        unit: &'static str,
        ours: Spread,
    ) -> Self {
        Self {
            name,
            measured,
            unit,
            ours,
            bare: None,
            ratio: None,
            goal: None,
        }
    }

    /// The same figure with a goal.
    #[must_use]
    pub fn with_goal(self, wanted: &'static str, reached: bool) -> Self {
        Self {
            goal: Some(Goal { wanted, reached }),
            ..self
        }
    }

    fn row(&self) -> [String; 6] {
        let goal = self.goal.as_ref().map(|goal| {
            let verdict = if goal.reached { "reached" } else { "MISSED" };
            format!("{}: {verdict}", goal.wanted)
        });
        [
            self.name.to_owned(),
            self.unit.to_owned(),
            range(self.ours),
            self.bare.map(range).unwrap_or_default(),
            self.ratio.map(range).unwrap_or_default(),
            goal.unwrap_or_default(),
        ]
    }
}

impl Report {
    /// Nothing yet.
    pub fn of_this_machine() -> Self {
        Self {
            cores: available_parallelism().map_or(1, usize::from),
            figures: Vec::new(),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(["figure", "unit", "ours", "bare", "ours ÷ bare", "goal"]);
        for figure in &self.figures {
            table.add_row(figure.row());
        }
        let mut notes: Vec<String> = Vec::new();
        for figure in &self.figures {
            let note = format!("{}: {}", figure.name, figure.measured);
            // Parts of several figures are explained once.
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        format!(
            "{table}\n{}\n\nEach is a median (least to greatest) over rounds in turns: ours, bare, ours, bare, …; the ratio is \
             taken pair by pair.\nClients, services and servers shared {} cores of one machine.",
            notes.join("\n"),
            self.cores
        )
    }
}

fn range(spread: Spread) -> String {
    let Spread { median, min, max } = spread;
    let digits = match median {
        small if small < 100.0 => 2,
        _ => 0,
    };
    if (max - min).abs() < f64::EPSILON {
        return format!("{median:.digits$}");
    }
    format!("{median:.digits$} ({min:.digits$} to {max:.digits$})")
}
