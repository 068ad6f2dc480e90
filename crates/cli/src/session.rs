//! What all commands have at hand: the host, the kernel that is meant, and how to show things.

use std::os::unix::ffi::OsStrExt;

use kmodctl::decide::command_line_home::homes;
use kmodctl::decide::{Inventory, Problem};
use kmodctl::system::{Host, Machine, boot_files};

use crate::answer::{Failure, Remark};
use crate::arguments::Common;
use crate::show::{Paint, text};

/// One run of the command.
pub(crate) struct Session {
    pub(crate) host: Host,
    pub(crate) machine: Machine,
    pub(crate) release: Vec<u8>,
    pub(crate) paint: Paint,
    /// The kernel that is meant was named.
    names_kernel: bool,
}

impl Session {
    pub(crate) fn open(common: &Common) -> Result<Self, Failure> {
        let host = host(common)?;
        let release = match &common.kernel {
            Some(release) => release.as_bytes().to_vec(),
            None => host.default_kernel(),
        };
        let machine = host.machine(&release);
        let names_kernel = common.kernel.is_some();
        Ok(Self { host, machine, release, paint: Paint::of_stdout(), names_kernel })
    }

    /// How an item gets on the kernel command line here, one way a line, the likeliest first.
    pub(crate) fn on_command_line(&self, item: &str) -> Vec<String> {
        let files = boot_files::read(&self.host);
        let known = homes(&files, item, &text(&self.release));
        match known.is_empty() {
            true => {
                vec![format!("add `{item}` to the kernel command line in the boot loader's files")]
            }
            false => known.iter().map(|home| home.words(item)).collect(),
        }
    }

    /// The problem when the kernel that is meant has no modules on the host.
    pub(crate) fn missing_tree(&self) -> Option<Problem> {
        let others = self.host.kernels();
        let release = self.release.clone();
        (!others.contains(&release)).then_some(Problem::TreeMissing { release, others })
    }

    /// The same as a remark.
    pub(crate) fn missing_tree_remark(&self) -> Option<Remark> {
        self.missing_tree().as_ref().map(Remark::of)
    }

    /// The kernels that are installed, each with its release.
    pub(crate) fn kernels(&self) -> Vec<(Vec<u8>, Machine)> {
        let releases = self.host.kernels().into_iter();
        releases.map(|release| (release.clone(), self.host.machine(&release))).collect()
    }

    /// The kernel that is meant and these, to be asked one after the other.
    pub(crate) fn inventories<'s>(
        &'s self,
        others: &'s [(Vec<u8>, Machine)],
    ) -> Vec<(Vec<u8>, &'s dyn Inventory)> {
        let mut kernels: Vec<(_, &dyn Inventory)> = vec![(self.release.clone(), &self.machine)];
        kernels.extend(others.iter().map(|(release, machine)| (release.clone(), machine as _)));
        kernels
    }

    /// The installed kernels but the one that is meant; none when that was named.
    pub(crate) fn other_kernels(&self) -> Vec<(Vec<u8>, Machine)> {
        let mut kernels = if self.names_kernel { Vec::new() } else { self.kernels() };
        kernels.retain(|(release, _)| *release != self.release);
        kernels
    }
}

fn host(common: &Common) -> Result<Host, Failure> {
    let Some(root) = &common.root else { return Ok(Host::running()) };
    let unreadable = |errno| Problem::FileUnreadable { file: root.as_bytes().to_vec(), errno };
    let host = Host::below(root.as_bytes()).map_err(unreadable);
    let host = host.map_err(|problem| Failure::new("the root cannot be used", problem))?;
    match std::fs::metadata(root) {
        Ok(found) if found.is_dir() => Ok(host),
        Ok(_) => Err(not_a_directory(root.as_bytes(), 20)),
        Err(refused) => Err(not_a_directory(root.as_bytes(), refused.raw_os_error().unwrap_or(2))),
    }
}

fn not_a_directory(root: &[u8], errno: i32) -> Failure {
    let errno = kmodctl::decide::Errno(errno);
    let problem = Problem::FileUnreadable { file: root.to_vec(), errno };
    Failure::new("the root cannot be used", problem)
}
