//! A contestant as a process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A server that ends with this value.
pub struct Process {
    child: Child,
    /// Kept open, so that the server can go on writing.
    _stdout: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Process {
    /// Starts a server and waits for the line that says where it is.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let (_, address) =
            line.trim().rsplit_once("http://").expect("the first line says where the server is");
        let address = address.parse().expect("an address");
        Self { child, _stdout: stdout, address }
    }

    pub fn meter(&self) -> Meter {
        Meter { id: self.child.id() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What Linux tells of a process; elsewhere nothing.
#[derive(Clone, Copy)]
pub struct Meter {
    id: u32,
}

impl Meter {
    /// Time on a processor since the start, in the program and in the kernel on its behalf.
    pub fn processor_time(self) -> Option<Duration> {
        // Linux counts in hundredths of a second here, whatever its own clock does.
        const TICK: Duration = Duration::from_millis(10);
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id)).ok()?;
        // The second field is the program's name in brackets and may hold anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks: u32 = times.map(str::parse::<u32>).sum::<Result<_, _>>().ok()?;
        Some(TICK * ticks)
    }

    /// Resident memory in MB.
    pub fn memory(self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u32 = line.split_whitespace().next()?.parse().ok()?;
        Some(f64::from(kib) * 1024.0 / 1e6)
    }
}
