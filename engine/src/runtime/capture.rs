//! What a process prints: handed on line by line, with a bound on what is kept, and searched for
//! marked output.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use super::StepContext;
use super::output::{Output, Scanner};

/// The longest line of output; the rest of a longer one becomes the next line.
const LINE: u64 = 64 * 1024;
/// The most bytes of output of one attempt that are kept as its log.
const LOG: usize = 8 << 20;
/// The last lines that are remembered to say why it failed: so many, of so many bytes.
const TAIL: (usize, usize) = (128, 10 * 1024);

/// The printed output of one attempt.
#[derive(Debug, Default)]
pub(super) struct Capture(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    scanner: Scanner,
    kept: usize,
    tail: VecDeque<String>,
    tail_bytes: usize,
}

impl Capture {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all lines of a stream; those of stdout may hold marked output.
    pub(super) async fn read(
        &self,
        context: &StepContext,
        stream: &'static str,
        source: Option<impl AsyncRead + Unpin>,
    ) {
        let Some(source) = source else { return };
        let mut reader = BufReader::new(source);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match (&mut reader).take(LINE).read_until(b'\n', &mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.line(context, stream, &String::from_utf8_lossy(&bytes)),
            }
        }
    }

    /// Takes a line with its end, or a part of a long one.
    pub(super) fn line(&self, context: &StepContext, stream: &'static str, line: &str) {
        let mut state = self.state();
        if stream == "stdout" {
            state.scanner.take(line);
        }
        let line = line.trim_end_matches(['\n', '\r']);
        state.remember(line);
        let before = state.kept;
        state.kept = before.saturating_add(line.len()).saturating_add(1);
        // The engine is gone when nobody listens: the process is about to be killed anyway.
        if state.kept <= LOG {
            let _ = context.log.send((stream, line.to_owned()));
        } else if before <= LOG {
            let note = format!("[output beyond {} MiB is not kept]", LOG >> 20);
            let _ = context.log.send((stream, note));
        }
    }

    /// The last lines.
    pub(super) fn tail(&self) -> Vec<String> {
        self.state().tail.iter().cloned().collect()
    }

    /// The last line that says something, shortened.
    pub(super) fn last(&self) -> Option<String> {
        let state = self.state();
        let last = state.tail.iter().rev().find(|line| !line.trim().is_empty())?;
        Some(last.trim().chars().take(300).collect())
    }

    /// The marked output, later ones winning.
    pub(super) fn output(&self) -> Result<Output, String> {
        std::mem::take(&mut self.state().scanner).finish()
    }
}

impl State {
    fn remember(&mut self, line: &str) {
        self.tail_bytes = self.tail_bytes.saturating_add(line.len());
        self.tail.push_back(line.to_owned());
        while self.tail.len() > TAIL.0 || (self.tail_bytes > TAIL.1 && self.tail.len() > 1) {
            let Some(gone) = self.tail.pop_front() else { return };
            self.tail_bytes = self.tail_bytes.saturating_sub(gone.len());
        }
    }
}
