//! What was measured, as tables and as JSON.

use serde_json::{Value, json};

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What it is of.
    pub(crate) what: String,
    /// The unit of its values.
    pub(crate) unit: &'static str,
    /// The floor's value, where it has one.
    pub(crate) floor: Option<f64>,
    /// The value.
    pub(crate) value: f64,
    /// What is held against the budget: a ratio or a difference to the floor, or the value itself.
    pub(crate) against: Against,
    /// The largest that is good.
    pub(crate) budget: Option<f64>,
}

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Against {
    /// This many times the floor's: the median of the rounds' own ratios.
    Ratio(f64),
    /// The value less the floor's.
    Difference(f64),
    /// By itself.
    Value,
}

impl Figure {
    /// A figure without a floor.
    pub(crate) fn alone(what: impl Into<String>, unit: &'static str, value: f64, budget: Option<f64>) -> Self {
        Self { what: what.into(), unit, floor: None, value, against: Against::Value, budget }
    }

    fn compared(&self) -> f64 {
        match self.against {
            Against::Ratio(value) | Against::Difference(value) => value,
            Against::Value => self.value,
        }
    }

    /// Whether it keeps its budget; none without one.
    pub(crate) fn kept(&self) -> Option<bool> {
        self.budget.map(|budget| self.compared() <= budget)
    }

    fn cells(&self) -> [String; 6] {
        let number = |value: f64| match value.abs() {
            large if large >= 1000.0 => format!("{value:.0}"),
            middle if middle >= 10.0 => format!("{value:.1}"),
            _ => format!("{value:.3}"),
        };
        let compared = match self.against {
            Against::Ratio(ratio) => format!("× {ratio:.2}"),
            Against::Difference(more) => format!("{more:+.3}"),
            Against::Value => String::new(),
        };
        let budget = self.budget.map_or_else(String::new, |budget| match self.against {
            Against::Ratio(_) => format!("≤ × {budget}"),
            Against::Difference(_) => format!("≤ +{budget}"),
            Against::Value => format!("≤ {budget}"),
        });
        let kept = self.kept().map_or("", |kept| if kept { "kept" } else { "OVER" });
        [
            format!("{}, {}", self.what, self.unit),
            self.floor.map_or_else(String::new, number),
            number(self.value),
            compared,
            budget,
            kept.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        let (ratio, difference) = match self.against {
            Against::Ratio(value) => (Some(value), None),
            Against::Difference(value) => (None, Some(value)),
            Against::Value => (None, None),
        };
        json!({
            "what": self.what, "unit": self.unit, "floor": self.floor, "value": self.value,
            "ratio": ratio, "difference": difference, "budget": self.budget, "kept": self.kept(),
        })
    }
}

/// The figures of one command.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The heading.
    pub(crate) title: String,
    /// In the order they are printed.
    pub(crate) figures: Vec<Figure>,
    /// What a reader should know besides.
    pub(crate) notes: Vec<String>,
}

impl Section {
    /// The section as a table.
    pub(crate) fn table(&self) -> String {
        let head = ["", "floor", "measured", "compared", "budget", ""].map(str::to_owned);
        // What was skipped has notes alone.
        let head = Some(head).filter(|_| !self.figures.is_empty());
        let rows: Vec<[String; 6]> = head.into_iter().chain(self.figures.iter().map(Figure::cells)).collect();
        let mut widths = [0; 6];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut out = format!("{}\n", self.title);
        for row in &rows {
            let mut line = String::from(" ");
            for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
                let gap = " ".repeat(width - cell.chars().count());
                // Words to the left, numbers to the right.
                let cell = if index == 0 || index == 5 { format!("{cell}{gap}") } else { format!("{gap}{cell}") };
                line.push(' ');
                line.push_str(&cell);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        for note in &self.notes {
            out.push_str(&format!("  {note}\n"));
        }
        out
    }

    /// The section as JSON.
    pub(crate) fn json(&self) -> Value {
        let figures: Vec<Value> = self.figures.iter().map(Figure::json).collect();
        json!({"title": self.title, "figures": figures, "notes": self.notes})
    }
}

/// The value in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or_default();
    let lower = values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn a_budget_is_held_against_what_it_is_of() {
        let mut figure = Figure::alone("a", "ms", 3.0, Some(2.0));
        assert_eq!(figure.kept(), Some(false));
        figure.against = Against::Ratio(1.4);
        assert_eq!(figure.kept(), Some(true));
        figure.budget = None;
        assert_eq!(figure.kept(), None);
    }
}
