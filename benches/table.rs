//! The table: a Markdown line per figure, with both sides and the budget.

use std::fmt;

/// What a ratio must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    AtLeast(f64),
    AtMost(f64),
    /// Told, not judged.
    Free,
}

impl Budget {
    fn met(self, value: f64) -> &'static str {
        let met = match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::Free => return "",
        };
        if met { "yes" } else { "**no**" }
    }
}

/// One figure.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) figure: String,
    pub(crate) ours: String,
    pub(crate) peer: String,
    /// What the budget judges, and the text to show for it.
    pub(crate) judged: f64,
    pub(crate) shown: String,
    pub(crate) budget: Budget,
    pub(crate) budget_text: String,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
    /// Measurements that other processes disturbed, however often they were made again.
    pub(crate) disturbed: usize,
}

impl Table {
    pub(crate) fn push(&mut self, line: Line) {
        crate::note(&format!("{line}"));
        self.lines.push(line);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | figure | ours | peer | ours / peer | budget | met |"
        )?;
        writeln!(f, "| --- | --- | ---: | ---: | ---: | --- | --- |")?;
        self.lines
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))?;
        if self.disturbed > 0 {
            writeln!(
                f,
                "\nOther processes disturbed {} measurements: run it again on a quiet machine.",
                self.disturbed
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let met = self.budget.met(self.judged);
        let Self {
            what,
            figure,
            ours,
            peer,
            shown,
            budget_text,
            ..
        } = self;
        write!(
            f,
            "| {what} | {figure} | {ours} | {peer} | {shown} | {budget_text} | {met} |"
        )
    }
}

/// The middle value.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// A number with three digits that matter, thousands set apart.
pub(crate) fn number(value: f64) -> String {
    match value {
        value if value >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
