//! What `block` and `unblock` have in common: the request, the images that still hold the old
//! state, and how the plan is carried out and shown.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::block::{self, BlockPlan, BlockRequest, ImageState, Why, image_state};
use kmodctl::decide::{FileChange, Plan, Problem, World};
use kmodctl::system::{LiveKernel, Machine, file_change};
use serde_json::{Map, Value, json};

use super::stale::StaleImages;
use super::steps::Silent;
use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, text};

#[derive(Args, Debug)]
pub(crate) struct Common {
    /// The modules.
    #[arg(required_unless_present = "only", conflicts_with = "only", value_name = "MODULE")]
    pub(super) modules: Vec<OsString>,
    /// Show the plan and change nothing.
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Make the images of the first root directory anew that still hold the old state.
    #[arg(long)]
    pub(super) rebuild: bool,
}

/// The request, and the file of our own as it is.
pub(super) fn request(common: &Common, session: &Session) -> Result<BlockRequest, Problem> {
    let path = session.host.path(block::FILE);
    Ok(BlockRequest {
        spellings: common.modules.iter().map(|word| word.as_bytes().to_vec()).collect(),
        current: file_change::current(&path)?,
        path,
        ..BlockRequest::default()
    })
}

/// The images of which `is_old` says that they hold the old state of a module of the plan, and a
/// remark for each that cannot be read.
pub(super) fn stale_images<'a>(
    session: &'a Session,
    plan: &'a BlockPlan,
    is_old: impl Fn(&ImageState) -> bool + 'a,
) -> Result<(StaleImages<'a>, Vec<Remark>), Problem> {
    StaleImages::find(session, move |image| {
        for blocked in &plan.modules {
            let state = image_state(image, &blocked.module)?;
            if is_old(&state) {
                let name = text(blocked.module.as_bytes());
                return Ok(Some(format!("{name}: {}", show::block::image(&state))));
            }
        }
        Ok(None)
    })
}

/// Carries the plan out, or shows what it would do.
pub(super) fn finish(
    common: &Common,
    session: &Session,
    plan: &BlockPlan,
    stale: &StaleImages,
    headline: &str,
) -> Result<Answer, Failure> {
    let unload = if session.host.is_running() { plan.unload.clone() } else { Plan::default() };
    let remarks = carry_out(common, session, plan.change.as_ref(), &unload, stale, headline)?;
    Ok(Answer { remarks, ..shown(session, plan, &unload, stale, common.dry_run) })
}

/// Makes the change, unloads, and makes images anew, unless it is a dry run; what is told of images
/// that stay old.
pub(super) fn carry_out(
    common: &Common,
    session: &Session,
    change: Option<&FileChange>,
    unload: &Plan,
    stale: &StaleImages,
    headline: &str,
) -> Result<Vec<Remark>, Failure> {
    let act = || {
        if common.dry_run {
            return Ok(());
        }
        change.map_or(Ok(()), file_change::make)?;
        let mut kernel = LiveKernel::new(session.machine.place());
        let ran = kmodctl::decide::run(unload, &session.machine, &mut kernel, &mut Silent);
        // The block stands; what stays loaded is told, and is a failure.
        ran.map(|_| ()).map_err(|failure| failure.problem)
    };
    let told = stale.around(common.rebuild, common.dry_run, act);
    told.map_err(|problem| Failure::new(headline, problem))
}

fn shown(
    session: &Session,
    plan: &BlockPlan,
    unload: &Plan,
    stale: &StaleImages,
    dry_run: bool,
) -> Answer {
    let mut lines = String::new();
    if let Some(change) = &plan.change {
        lines += &show::plan::change(change, session.paint);
    }
    lines += &show::plan::steps(unload);
    if lines.is_empty() {
        lines = "nothing to do\n".into();
    }
    let modules: Vec<Value> = plan
        .modules
        .iter()
        .map(|blocked| {
            json!({
                "name": text(blocked.module.as_bytes()),
                "along_with": match &blocked.why {
                    Why::AlongWith(users) => show::names(users),
                    Why::Asked => Vec::new(),
                },
                "by_name": show::block::outcome_value(&blocked.afterwards),
                "still_loads": show::names(&blocked.still_loads),
                "needed_by": show::names(&blocked.needed_by),
                "stays_loaded": blocked.stays.as_ref().map(show::problem::cause),
            })
        })
        .collect();
    let json = Map::from_iter([
        ("dry_run".to_owned(), dry_run.into()),
        ("changed".to_owned(), (plan.change.is_some() || !unload.steps.is_empty()).into()),
        ("files".to_owned(), plan.change.iter().map(show::plan::change_value).collect()),
        ("steps".to_owned(), show::plan::steps_value(unload)),
        ("modules".to_owned(), modules.into()),
        ("stale_images".to_owned(), stale.value()),
    ]);
    Answer { text: lines, json, ..Answer::default() }
}

/// The installed kernels besides the one that is meant.
pub(super) fn worlds(session: &Session) -> Vec<Machine> {
    let own = session.machine.module_directory();
    let kernels = session.kernels().into_iter().map(|(_, machine)| machine);
    kernels.filter(|machine| machine.module_directory() != own).collect()
}
