//! Asking for reasoning (translation.md 3.10): effort, budget or neither, as the model takes it.

use super::replay::loop_has_reasoning;
use crate::dialect::Dialect;
use crate::dialect::canonical::target::{Forced, ReasoningField};
use crate::dialect::canonical::{
    At, Effort, Mode, Reason, ReasoningAsk, Report, Request, Sited, Str, Target, ToolChoice,
};
use crate::provider::{ModelRow, Thinking};

/// The least that Messages takes as a budget.
const LEAST_BUDGET: u64 = 1_024;

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, caller: Dialect, report: &mut Report) {
    if must_idle(request, target) {
        let ask = request.reasoning.take().filter(|ask| is_asked(&ask.is));
        let at = ask.as_ref().map_or(At::default(), |ask| ask.at);
        if ask.is_some() {
            report.note(at, Reason::Disabled("tool_choice"));
        }
        request.reasoning = Some(Sited::new(at, ReasoningAsk { mode: Mode::Off, ..ReasoningAsk::default() }));
    }
    let Some(Sited { at, mut is }) = request.reasoning.take() else { return };
    // Chat has no way to ask for it: what is thought is always told there.
    if caller == Dialect::Chat && is.show.is_none() {
        is.show = Some(Sited::new(at, true));
    }
    let row = target.row;
    let claude = match row.thinking {
        Thinking::Budget | Thinking::Both | Thinking::Adaptive | Thinking::AdaptiveOn | Thinking::Always => true,
        // Who speaks Messages and is no Claude takes what Claude took first.
        Thinking::Effort => target.dialect == Dialect::Messages,
        Thinking::Level | Thinking::Tokens | Thinking::None => false,
    };
    // Told not to think, only Claude takes an effort, which is of all that it says.
    let idle = claude && matches!(target.dialect, Dialect::Messages | Dialect::Converse) && !row.efforts.is_empty();
    if is.mode == Mode::Off
        && !idle
        && let Some(effort) = is.effort.take_if(|effort| effort.is != Effort::None)
    {
        report.note(effort.at, Reason::Dropped);
    }
    let ask = Ask { at, is, report };
    let asked = match target.dialect {
        _ if row.thinking == Thinking::None => ask.drop(),
        Dialect::Chat => ask.chat(row, target.quirks.reasoning),
        Dialect::Responses => ask.effort(row).map(|is| shown(is, target)),
        Dialect::Gemini if row.thinking == Thinking::Tokens => ask.tokens(row),
        Dialect::Gemini => ask.level(row),
        Dialect::Messages | Dialect::Converse if claude => {
            let limits = Limits {
                most: request.max_output.map(|limit| limit.is).or(target.max_output).unwrap_or(u64::MAX),
                forced: request.tool_choice.as_ref().is_some_and(|choice| is_forced(&choice.is)),
                unsigned: loop_has_reasoning(&request.turns) == Some(false),
                own: caller == Dialect::Messages,
            };
            ask.claude(row, &limits)
        }
        // How an effort is spelled there its encoder knows; what nobody knows anything of is not asked.
        Dialect::Converse if !row.names.is_empty() => ask.effort(row).filter(|ask| ask.effort.is_some()),
        Dialect::Messages | Dialect::Converse => ask.drop(),
    };
    request.reasoning = asked.map(|is| Sited::new(at, is));
}

/// What limits how Claude can think.
struct Limits {
    /// The tokens that thoughts and answer share.
    most: u64,
    /// A tool must be called.
    forced: bool,
    /// A loop of tool calls is going on, and it did not begin with a thought that can be given back.
    unsigned: bool,
    /// The caller speaks Messages, where an effort makes no model think.
    own: bool,
}

struct Ask<'a, 'r> {
    at: At,
    is: ReasoningAsk<'a>,
    report: &'r mut Report,
}

impl<'a> Ask<'a, '_> {
    /// What is asked of effort, with the place where it is said; a budget is worth one. `None`: that is the model's to say.
    fn wanted(&mut self) -> Option<Sited<Effort>> {
        let ReasoningAsk { mode, effort, budget, .. } = self.is;
        match (mode, effort, budget) {
            (Mode::Off, ..) => Some(Sited::new(self.at, Effort::None)),
            (_, Some(effort), budget) => {
                if let Some(budget) = budget {
                    self.report.note(budget.at, Reason::Approximated(None));
                }
                Some(effort)
            }
            (_, None, Some(budget)) => {
                self.report.note(budget.at, Reason::Approximated(None));
                Some(Sited::new(budget.at, Effort::of_budget(budget.is)))
            }
            (Mode::BetweenTools, ..) => {
                self.report.note(self.at, Reason::Approximated(None));
                None
            }
            (Mode::Default | Mode::On | Mode::Adaptive, ..) => None,
        }
    }

    /// The nearest effort that the model has, upward on a tie.
    fn clamp(&mut self, wanted: Sited<Effort>, efforts: &[Effort]) -> Option<Sited<Effort>> {
        let place = |effort: Effort| Effort::ALL.iter().position(|known| *known == effort).unwrap_or_default();
        let distance = |effort: &Effort| (place(*effort).abs_diff(place(wanted.is)), *effort < wanted.is);
        let Some(nearest) = efforts.iter().copied().min_by_key(distance) else {
            self.report.note(wanted.at, Reason::Dropped);
            return None;
        };
        if nearest != wanted.is {
            let clamped = Reason::Clamped(wanted.is.name().to_owned(), nearest.name().to_owned());
            self.report.note(wanted.at, clamped);
        }
        Some(Sited::new(wanted.at, nearest))
    }

    /// OpenAI's way.
    fn effort(mut self, row: &ModelRow) -> Option<ReasoningAsk<'a>> {
        let effort = self.wanted().and_then(|wanted| self.clamp(wanted, row.efforts));
        let ReasoningAsk { show, summary, .. } = self.is;
        // Where nothing is thought there is nothing to show.
        let show = show.filter(|_| effort.is_none_or(|effort| effort.is != Effort::None));
        Some(ReasoningAsk { mode: Mode::Default, effort, budget: None, show, summary })
    }

    /// The ways of chat servers.
    fn chat(mut self, row: &ModelRow, field: ReasoningField) -> Option<ReasoningAsk<'a>> {
        match field {
            ReasoningField::None => self.drop(),
            // It takes everything.
            ReasoningField::Object => Some(self.is),
            ReasoningField::Effort => self.effort(row),
            ReasoningField::Toggle(_) if !row.efforts.contains(&Effort::None) => self.effort(row),
            ReasoningField::Toggle(_) => {
                let said = [self.is.effort.map(|effort| effort.at), self.is.budget.map(|budget| budget.at)];
                let off = self.is.mode == Mode::Off || self.is.effort.is_some_and(|effort| effort.is == Effort::None);
                for at in said.into_iter().flatten().filter(|_| !off) {
                    self.report.note(at, Reason::Approximated(Some("on")));
                }
                Some(self.is)
            }
            ReasoningField::ThinkingEffort => {
                let effort = self.wanted().and_then(|wanted| self.clamp(wanted, row.efforts));
                let ReasoningAsk { mode, show, summary, .. } = self.is;
                // What was off may now be the least there is.
                let mode = if effort.is_some() { Mode::Default } else { mode };
                Some(ReasoningAsk { mode, effort, budget: None, show, summary })
            }
        }
    }

    /// The model does not think: whoever wants it not to has what is wanted.
    fn drop(self) -> Option<ReasoningAsk<'a>> {
        let ReasoningAsk { mode, effort, budget, .. } = self.is;
        let off = mode == Mode::Off || effort.is_some_and(|effort| effort.is == Effort::None);
        let said = [effort.map(|effort| effort.at), budget.map(|budget| budget.at)];
        if !off {
            for at in said.into_iter().flatten() {
                self.report.note(at, Reason::Dropped);
            }
            if matches!(mode, Mode::On | Mode::Adaptive | Mode::BetweenTools) && said == [None; 2] {
                self.report.note(self.at, Reason::Dropped);
            }
        }
        None
    }

    /// Gemini 3 and later: by level.
    fn level(mut self, row: &ModelRow) -> Option<ReasoningAsk<'a>> {
        let levels = row.efforts.strip_prefix(&[Effort::None]).unwrap_or(row.efforts);
        let effort = self.wanted().and_then(|wanted| self.clamp(wanted, levels));
        self.gemini(Mode::Default, effort, None)
    }

    /// Gemini 2.5: with a budget.
    fn tokens(mut self, row: &ModelRow) -> Option<ReasoningAsk<'a>> {
        let ReasoningAsk { mode, effort, budget, .. } = self.is;
        let wanted = match (mode, effort, budget) {
            (Mode::Off, ..) => Sited::new(self.at, 0),
            (_, _, Some(budget)) => budget,
            (_, Some(effort), None) => Sited::new(effort.at, effort.is.budget()),
            (Mode::Default, None, None) => return self.gemini(Mode::Default, None, None),
            (_, None, None) => {
                // How much is the model's to say: a budget of -1.
                if mode == Mode::BetweenTools {
                    self.report.note(self.at, Reason::Approximated(None));
                }
                return self.gemini(Mode::Adaptive, None, None);
            }
        };
        let (least, most) = row.budget.unwrap_or((0, u64::MAX));
        let idle = wanted.is == 0 && row.efforts.contains(&Effort::None);
        let nearest = if idle { 0 } else { wanted.is.clamp(least, most) };
        if nearest != wanted.is {
            self.report.note(wanted.at, Reason::Clamped(wanted.is.to_string(), nearest.to_string()));
        }
        if idle {
            // "include_thoughts is only enabled when thinking is enabled" (raphaelmansuy/edgequake-llm#28).
            self.is.show = None;
        }
        self.gemini(Mode::Default, None, Some(Sited::new(wanted.at, nearest)))
    }

    fn gemini(self, mode: Mode, effort: Option<Sited<Effort>>, budget: Option<Sited<u64>>) -> Option<ReasoningAsk<'a>> {
        let show = self.is.show;
        let empty = effort.is_none() && budget.is_none() && show.is_none() && mode == Mode::Default;
        (!empty).then_some(ReasoningAsk { mode, effort, budget, show, summary: None })
    }

    /// Claude's ways.
    fn claude(mut self, row: &ModelRow, limits: &Limits) -> Option<ReasoningAsk<'a>> {
        let ReasoningAsk { mode, effort, budget, show, .. } = self.is;
        let manual = matches!(row.thinking, Thinking::Budget | Thinking::Effort);
        let effort = effort.filter(|effort| effort.is != Effort::None || mode != Mode::Off);
        let off = mode == Mode::Off
            || (budget.is_none() && effort.is_some_and(|effort| effort.is == Effort::None))
            || (effort.is_none() && budget.is_some_and(|budget| budget.is == 0));
        if off {
            return self.off(row, effort.filter(|effort| effort.is != Effort::None));
        }
        // Only the words of shape are asked for: a model that thinks anyway is told, another is not made to think.
        if mode == Mode::Default && effort.is_none() && budget.is_none() {
            let thinks = matches!(row.thinking, Thinking::AdaptiveOn | Thinking::Always);
            return (thinks && show.is_some()).then(|| claude(Mode::Adaptive, None, None, show));
        }
        if mode == Mode::Default && budget.is_none() && limits.own {
            let effort = effort.and_then(|effort| self.clamp(effort, row.efforts));
            let thinks = matches!(row.thinking, Thinking::AdaptiveOn | Thinking::Always);
            let mode = if thinks && show.is_some() { Mode::Adaptive } else { Mode::Default };
            return (effort.is_some() || mode != Mode::Default).then(|| claude(mode, effort, None, show));
        }
        if manual {
            return self.manual(row, limits);
        }
        // With a budget no tool can be forced.
        if let (Thinking::Both, Some(budget), false, false) = (row.thinking, budget, limits.forced, limits.unsigned) {
            let effort = effort.and_then(|effort| self.clamp(effort, row.efforts));
            return self.budget(row, limits, budget, true).map(|budget| claude(Mode::On, effort, Some(budget), show));
        }
        if mode == Mode::BetweenTools && row.between_tools {
            let effort = effort.and_then(|effort| self.clamp(effort, row.efforts));
            return Some(claude(Mode::BetweenTools, effort, None, None));
        }
        let effort = self.wanted().and_then(|wanted| self.clamp(wanted, row.efforts));
        Some(claude(Mode::Adaptive, effort, None, show))
    }

    /// It shall not think. Some cannot be told so: they think as little as they can.
    fn off(mut self, row: &ModelRow, effort: Option<Sited<Effort>>) -> Option<ReasoningAsk<'a>> {
        let at = self.is.effort.map_or(self.at, |effort| effort.at);
        if row.thinking == Thinking::Always {
            if row.between_tools {
                self.report.note(at, Reason::Clamped("none".to_owned(), "between_tools".to_owned()));
                return Some(claude(Mode::BetweenTools, None, None, None));
            }
            let least = self.clamp(Sited::new(at, Effort::None), row.efforts);
            return Some(claude(Mode::Adaptive, least, None, self.is.show));
        }
        let most = if row.idle_up_to_high { Effort::High } else { Effort::Max };
        let effort = effort.filter(|_| !row.efforts.is_empty()).and_then(|effort| {
            let end = row.efforts.partition_point(|known| *known <= most);
            self.clamp(effort, row.efforts.get(..end).unwrap_or(row.efforts))
        });
        Some(claude(Mode::Off, effort, None, None))
    }

    /// Claude 4.5 and older: with a budget, which no tool can be forced beside, and which needs the thoughts that led to the
    /// calls.
    fn manual(mut self, row: &ModelRow, limits: &Limits) -> Option<ReasoningAsk<'a>> {
        let ReasoningAsk { mode, effort, budget, .. } = self.is;
        let at = budget.map(|budget| budget.at).or(effort.map(|effort| effort.at)).unwrap_or(self.at);
        let why = match limits {
            Limits { forced: true, .. } => Some("forced-tool"),
            Limits { unsigned: true, .. } => Some("no-signature"),
            _ => None,
        };
        if let Some(why) = why {
            self.report.note(at, Reason::Disabled(why));
            return Some(claude(Mode::Off, None, None, None));
        }
        let own = effort.filter(|_| budget.is_some() && !row.efforts.is_empty());
        let wanted = match (budget, effort) {
            (Some(budget), _) => budget,
            (None, Some(effort)) => Sited::new(effort.at, effort.is.budget()),
            (None, None) => {
                self.report.note(self.at, Reason::Approximated(None));
                Sited::new(self.at, Effort::Medium.budget())
            }
        };
        debug_assert_ne!(mode, Mode::Off);
        let budget = self.budget(row, limits, wanted, budget.is_some());
        let own = own.and_then(|effort| self.clamp(effort, row.efforts));
        Some(match budget {
            Some(budget) => claude(Mode::On, own, Some(budget), None),
            None => claude(Mode::Off, None, None, None),
        })
    }

    /// A budget that leaves room for an answer: one that the caller has named is only kept below the limit, one that comes
    /// of an effort takes four fifths of it at most. The caller's limit is never raised.
    fn budget(&mut self, row: &ModelRow, limits: &Limits, wanted: Sited<u64>, named: bool) -> Option<Sited<u64>> {
        let room = if named { limits.most.saturating_sub(1) } else { limits.most / 5 * 4 };
        let most = row.budget.map_or(room, |(_, most)| room.min(most));
        if most < LEAST_BUDGET {
            self.report.note(wanted.at, Reason::Disabled("max_tokens"));
            return None;
        }
        let nearest = wanted.is.clamp(LEAST_BUDGET, most);
        if nearest != wanted.is && named {
            self.report.note(wanted.at, Reason::Clamped(wanted.is.to_string(), nearest.to_string()));
        } else if nearest != wanted.is {
            self.report.note(wanted.at, Reason::Approximated(Some("max_tokens")));
        }
        Some(Sited::new(wanted.at, nearest))
    }
}

fn claude<'a>(
    mode: Mode,
    effort: Option<Sited<Effort>>,
    budget: Option<Sited<u64>>,
    show: Option<Sited<bool>>,
) -> ReasoningAsk<'a> {
    ReasoningAsk { mode, effort, budget, show, summary: None }
}

/// Responses shows a summary where one is asked for.
fn shown<'a>(mut ask: ReasoningAsk<'a>, target: &Target<'_>) -> ReasoningAsk<'a> {
    let thinks = target.row.thinking != Thinking::None;
    let shows = ask.show.is_some_and(|show| show.is) && thinks && target.quirks.summaries;
    if !shows {
        ask.summary = None;
        ask.show = ask.show.filter(|_| target.quirks.summaries);
    } else if ask.summary.is_none() {
        ask.summary = Some(Str::Borrowed("auto"));
    }
    ask
}

/// Whether the model must not think since it is made to call a tool, where that goes.
fn must_idle(request: &Request<'_>, target: &Target<'_>) -> bool {
    target.dialect == Dialect::Chat
        && target.quirks.forced == Forced::Idle
        && target.row.thinking != Thinking::None
        && target.row.efforts.contains(&Effort::None)
        && request.tool_choice.as_ref().is_some_and(|choice| is_forced(&choice.is))
}

fn is_asked(ask: &ReasoningAsk<'_>) -> bool {
    let off = ask.mode == Mode::Off || ask.effort.is_some_and(|effort| effort.is == Effort::None);
    !off && (ask.mode != Mode::Default || ask.effort.is_some() || ask.budget.is_some())
}

fn is_forced(choice: &ToolChoice<'_>) -> bool {
    matches!(
        choice,
        ToolChoice::Required | ToolChoice::One(_) | ToolChoice::Subset { required: true, .. } | ToolChoice::Server(_)
    )
}
