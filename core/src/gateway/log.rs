//! One JSON line a request. A list of fields, and nothing else: no body, no header, no query.

use std::time::Duration;

use super::settle::{Outcome, Record};
use crate::host::Host;
use crate::usage::{Cost, Usage};
use crate::wire::date::{civil, push_padded};
use crate::wire::text::{push_number, push_string};

/// Writes the request's line. `unsettled` says why the store does not know its end.
pub(crate) fn write<H: Host>(host: &H, record: &Record, unsettled: Option<&str>) {
    let mut line = Line { out: Vec::with_capacity(672) };
    line.out.extend_from_slice(b"{\"ts\":\"");
    push_timestamp(&mut line.out, record.wall);
    line.out.extend_from_slice(b"\",\"id\":\"");
    line.out.extend_from_slice(&record.id.text());
    line.out.push(b'"');
    let settings = record.settings.as_deref();
    let key = record.key.and_then(|place| settings?.keys.at(place)).map(|key| &*key.name);
    let target = record
        .target
        .as_ref()
        .and_then(|(place, model)| settings?.providers.get(*place).map(|provider| (&*provider.name, &**model)));
    line.text(b",\"key\":", key);
    line.text(b",\"method\":", Some(record.method.as_str()));
    line.text(b",\"path\":", Some(&record.path));
    line.text(b",\"route\":", record.model.as_deref());
    match target {
        Some((provider, model)) => line.text(b",\"target\":", Some(&[provider, model].join("/"))),
        None => line.text(b",\"target\":", None),
    }
    line.text(b",\"dialect\":", Some(record.dialect.name()));
    line.text(b",\"upstream_dialect\":", target.map(|_| record.upstream_dialect.name()));
    line.text(b",\"upstream_id\":", record.upstream_id.as_deref());
    line.number(b",\"status\":", Some(u64::from(record.status)));
    line.flag(b",\"stream\":", record.stream);
    line.usage(&record.usage);
    line.cost(record.cost());
    line.number(b",\"attempts\":", Some(u64::from(record.attempts)));
    line.milliseconds(b",\"first_byte_ms\":", record.first_byte.map(|moment| moment.saturating_sub(record.started)));
    line.milliseconds(b",\"total_ms\":", Some(record.ended.saturating_sub(record.started)));
    line.text(b",\"outcome\":", Some(record.outcome.name()));
    if record.outcome != Outcome::Done {
        line.text(b",\"error\":", record.error);
    }
    if record.reason.is_some() {
        line.text(b",\"reason\":", record.reason.as_deref());
    }
    if let Some(problem) = unsettled {
        line.text(b",\"unsettled\":", Some(problem));
    }
    line.out.extend_from_slice(b"}\n");
    host.emit(&line.out);
}

/// A line as it grows. Each key comes as it is written, with its comma and its colon.
struct Line {
    out: Vec<u8>,
}

impl Line {
    fn text(&mut self, key: &[u8], value: Option<&str>) {
        self.out.extend_from_slice(key);
        match value {
            Some(value) => push_string(&mut self.out, value),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn number(&mut self, key: &[u8], value: Option<u64>) {
        self.out.extend_from_slice(key);
        match value {
            Some(value) => push_number(&mut self.out, value),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn flag(&mut self, key: &[u8], value: bool) {
        self.out.extend_from_slice(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// The terms are disjoint: the prompt is `in` + `cached` + `written`. `reasoning` is a part of `out`.
    fn usage(&mut self, usage: &Usage) {
        let known = |count| usage.known.then_some(count);
        self.number(b",\"in\":", known(usage.input));
        self.number(b",\"out\":", known(usage.output));
        self.number(b",\"cached\":", known(usage.cache_read));
        self.number(b",\"written\":", known(usage.cache_write));
        self.number(b",\"reasoning\":", usage.reasoning);
        self.flag(b",\"complete\":", usage.complete);
    }

    /// In micro-dollars; `null` where it is not known.
    fn cost(&mut self, cost: Option<Cost>) {
        self.out.extend_from_slice(b",\"cost_micros\":");
        match cost {
            Some(cost) => cost.push_micros(&mut self.out),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn milliseconds(&mut self, key: &[u8], value: Option<Duration>) {
        self.out.extend_from_slice(key);
        let Some(value) = value else {
            self.out.extend_from_slice(b"null");
            return;
        };
        let micros = u64::try_from(value.as_micros()).unwrap_or(u64::MAX);
        push_number(&mut self.out, micros / 1000);
        self.out.push(b'.');
        self.push_padded(micros % 1000, 3);
    }

    fn push_padded(&mut self, number: u64, digits: usize) {
        push_padded(&mut self.out, number, digits);
    }
}

/// RFC 3339 in UTC, with milliseconds.
fn push_timestamp(out: &mut Vec<u8>, wall: Duration) {
    let (days, second) = (wall.as_secs() / 86_400, wall.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    push_padded(out, year, 4);
    for (border, number) in
        [(b'-', month), (b'-', day), (b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)]
    {
        out.push(border);
        push_padded(out, number, 2);
    }
    out.push(b'.');
    push_padded(out, u64::from(wall.subsec_millis()), 3);
    out.push(b'Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_rfc_3339() {
        for (seconds, millis, expected) in [
            (0, 0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, 7, "2000-02-29T00:00:00.007Z"),
            (1_767_225_599, 999, "2025-12-31T23:59:59.999Z"),
            (4_107_542_399, 50, "2100-02-28T23:59:59.050Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
        ] {
            let mut out = Vec::new();
            push_timestamp(&mut out, Duration::from_secs(seconds) + Duration::from_millis(millis));
            assert_eq!(String::from_utf8(out).as_deref(), Ok(expected));
        }
    }
}
