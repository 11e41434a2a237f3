//! Exact counts: the user-space instructions a request, by valgrind, and the system calls, by strace.
//!
//! Each server runs twice, with two numbers of requests; the difference leaves out its start. On one connection, so
//! that nothing depends on what happens to arrive together; a stream's events come paced for the same reason.

use std::fs;

use crate::Fallible;
use crate::arguments::Options;
use crate::bench::Bench;
use crate::cells::Cell;
use crate::contender::Contender;
use crate::load;
use crate::report::{Against, Figure, Section};

/// The cells that are counted unless others are asked for.
const USUAL: [&str; 3] = ["chat", "chat-paced", "chat-100k"];

/// Counts for the floor, gatelet and the others.
pub(crate) fn run(bench: &Bench, options: &Options) -> Fallible<Vec<Section>> {
    let cells = Cell::named(&options.cells.clone().unwrap_or_else(|| USUAL.map(str::to_owned).to_vec()))?;
    let requests = options.requests.unwrap_or(400);
    let contenders = bench.contenders(options)?;
    let mut sections = Vec::new();
    for cell in cells {
        let mut floor = None;
        let mut figures = Vec::new();
        for contender in &contenders {
            let counted = [
                per_request(bench, &contender.wrapped(&VALGRIND), &cell, requests, executed)?,
                per_request(bench, &contender.wrapped(&STRACE), &cell, requests, |text| called(text, "total"))?,
            ];
            let Some(floor) = floor else {
                floor = Some(counted);
                continue;
            };
            let name = &contender.name;
            for (((what, floor), value), budget) in
                ["instructions", "system calls"].into_iter().zip(floor).zip(counted).zip([cell.instructions, None])
            {
                figures.push(Figure {
                    what: format!("{name} {what}"),
                    unit: "a request",
                    floor: Some(floor),
                    value,
                    against: Against::Ratio(value / floor),
                    budget: budget.filter(|_| name == "gatelet"),
                });
            }
        }
        let title = format!("{}: one connection, a prompt of {} bytes", cell.name, cell.prompt);
        sections.push(Section { title, figures, notes: Vec::new() });
    }
    if options.check && sections.iter().flat_map(|section| &section.figures).any(|figure| figure.kept() == Some(false))
    {
        for section in &sections {
            crate::print(&section.table());
        }
        return Err("more instructions than the budget allows".into());
    }
    Ok(sections)
}

/// Valgrind counts every byte that `rep movsb` moves for an instruction: glibc is told to copy in another way.
const VALGRIND: [&str; 6] = [
    "env",
    "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=4294967295",
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
];

const STRACE: [&str; 5] = ["strace", "-f", "-c", "-U", "calls,name"];

/// The total in what valgrind prints at the end.
fn executed(text: &str) -> Option<u64> {
    let (_, count) = text.lines().find_map(|line| line.split_once("refs:"))?;
    count.trim().replace(',', "").parse().ok()
}

/// A row of strace's summary.
fn called(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (calls, of) = line.trim().split_once(' ')?;
        (of.trim() == name).then(|| calls.parse().ok()).flatten()
    })
}

fn per_request(
    bench: &Bench,
    contender: &Contender,
    cell: &Cell,
    requests: usize,
    total: impl Fn(&str) -> Option<u64>,
) -> Fallible<f64> {
    let requests = cell.requests(requests);
    let mut totals = [0; 2];
    for (count, sum) in [requests / 4, requests + requests / 4].into_iter().zip(&mut totals) {
        let (process, address) = contender.start(bench.upstream, &bench.folder)?;
        let mut load = cell.load(address, count);
        load.connections = 1;
        bench.runtime.block_on(load::run(&load))?;
        process.terminate()?;
        let text = fs::read_to_string(contender.log(&bench.folder))?;
        *sum = total(&text).ok_or_else(|| format!("{}: the tool printed no count", contender.name))?;
    }
    let [fewer, more] = totals;
    Ok(more.saturating_sub(fewer) as f64 / requests as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_the_tools_print() {
        assert_eq!(executed("==1== \n==1== I refs:        12,345,678\n"), Some(12_345_678));
        let summary = "  calls syscall\n------- ------\n   1234 writev\n     12 futex\n------- ------\n   1246 total\n";
        assert_eq!(called(summary, "total"), Some(1246));
        assert_eq!(called(summary, "futex"), Some(12));
        assert_eq!(called(summary, "read"), None);
    }
}
