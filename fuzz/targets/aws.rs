//! AWS's binary frames, out of a text that a fuzzer can change: a line an event, its type and its payload. Of random bytes
//! hardly any would have a checksum that fits.

/// The frames of the lines.
pub fn frames(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (kind, payload) = (&line[..at.min(255)], line.get(at + 1..).unwrap_or_default());
        let (header, message): (&[u8], &[u8]) = match kind {
            [b'!', ..] => (b":exception-type", b"exception"),
            _ => (b":event-type", b"event"),
        };
        let kind = kind.strip_prefix(b"!").unwrap_or(kind);
        let mut head = Vec::new();
        for (name, value) in [(header, kind), (b":message-type", message)] {
            head.push(name.len() as u8);
            head.extend_from_slice(name);
            head.push(7);
            head.extend_from_slice(&(value.len() as u16).to_be_bytes());
            head.extend_from_slice(value);
        }
        let start = out.len();
        out.extend_from_slice(&((16 + head.len() + payload.len()) as u32).to_be_bytes());
        out.extend_from_slice(&(head.len() as u32).to_be_bytes());
        out.extend_from_slice(&crc32(&out[start..]).to_be_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(payload);
        out.extend_from_slice(&crc32(&out[start..]).to_be_bytes());
    }
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut nibble = 0;
        while nibble < 16 {
            let mut crc = nibble as u32;
            let mut bit = 0;
            while bit < 4 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
                bit += 1;
            }
            table[nibble] = crc;
            nibble += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc: u32, byte| {
        let crc = crc ^ u32::from(*byte);
        let crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
        (crc >> 4) ^ TABLE[(crc & 15) as usize]
    })
}
