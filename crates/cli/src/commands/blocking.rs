//! What `block` and `unblock` have in common: the request, the images that still hold the old
//! state, and how the plan is carried out and shown.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::block::{self, BlockPlan, BlockRequest, ImageState, Why, image_state};
use kmodctl::decide::rebuild::ImageTool;
use kmodctl::decide::{FileChange, Plan, Problem, World};
use kmodctl::system::{LiveKernel, Machine, file_change, images, program};
use serde_json::{Map, Value, json};

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

/// An image that does not hold what the plan comes to.
pub(super) struct Stale {
    pub(super) path: Vec<u8>,
    pub(super) release: Vec<u8>,
    pub(super) why: String,
}

/// The images of which `is_old` says that they hold the old state of a module of the plan, and a
/// remark for each that cannot be read.
pub(super) fn stale_images(
    session: &Session,
    plan: &BlockPlan,
    is_old: impl Fn(&ImageState) -> bool,
) -> Result<(Vec<Stale>, Vec<Remark>), Problem> {
    let (mut stale, mut remarks) = (Vec::new(), Vec::new());
    for image in images::read_all(&session.host) {
        let path = image.path.clone();
        for blocked in &plan.modules {
            let state = image_state(&image, &blocked.module)?;
            let why = show::block::image(&state);
            if let ImageState::CannotTell(_) = state {
                let told = format!("{} {why}", text(&path));
                remarks.push(Remark { code: "image-unreadable", told, fix: None });
                break;
            }
            if is_old(&state) {
                let release = image.contents.iter().find_map(|inside| inside.release.clone());
                let release = release.unwrap_or_else(|| session.release.clone());
                let why = format!("{}: {why}", text(blocked.module.as_bytes()));
                stale.push(Stale { path: path.clone(), release, why });
                break;
            }
        }
    }
    Ok((stale, remarks))
}

/// The words that make each image anew; without a tool, none.
fn rebuild_words(session: &Session, stale: &[Stale]) -> Vec<Vec<Vec<u8>>> {
    let tool = ImageTool::ALL
        .into_iter()
        .find_map(|tool| Some((tool, program::find(&session.host, tool.program())?)));
    let Some((tool, path)) = tool else { return Vec::new() };
    let mut words: Vec<_> =
        stale.iter().map(|image| tool.words(&path, &image.path, &image.release)).collect();
    words.dedup();
    words
}

/// Carries the plan out, or shows what it would do.
pub(super) fn finish(
    common: &Common,
    session: &Session,
    plan: &BlockPlan,
    stale: &[Stale],
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
    stale: &[Stale],
    headline: &str,
) -> Result<Vec<Remark>, Failure> {
    let failed = |problem| Failure::new(headline, problem);
    let rebuilds = rebuild_words(session, stale);
    if common.rebuild && !common.dry_run {
        if !session.host.is_running() {
            return Err(failed(Problem::OtherHost { root: session.host.root().to_vec() }));
        }
        if rebuilds.is_empty() && !stale.is_empty() {
            return Err(failed(Problem::RebuildToolMissing));
        }
    }
    if !common.dry_run {
        change.map_or(Ok(()), file_change::make).map_err(failed)?;
        let mut kernel = LiveKernel::new(session.machine.place());
        let ran = kmodctl::decide::run(unload, &session.machine, &mut kernel, &mut Silent);
        // The block stands; what stays loaded is told, and is a failure.
        ran.map_err(|failure| failed(failure.problem))?;
        if common.rebuild {
            rebuilds.iter().try_for_each(|words| program::run(words)).map_err(failed)?;
            return Ok(Vec::new());
        }
    }
    Ok(stale_remarks(stale, &rebuilds))
}

fn stale_remarks(stale: &[Stale], rebuilds: &[Vec<Vec<u8>>]) -> Vec<Remark> {
    let commands: Vec<_> = rebuilds.iter().map(|words| text(words.join(&b' '))).collect();
    let remark = |image: &Stale| Remark {
        code: "image-stale",
        told: format!("{} still holds the old state: {}", text(&image.path), image.why),
        fix: Some(match commands.is_empty() {
            true => "make it anew with the tool that made it".to_owned(),
            false => format!("add --rebuild, or run: {}", commands.join("; ")),
        }),
    };
    stale.iter().map(remark).collect()
}

fn shown(
    session: &Session,
    plan: &BlockPlan,
    unload: &Plan,
    stale: &[Stale],
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
    let images: Vec<_> = stale.iter().map(|image| text(&image.path)).collect();
    let json = Map::from_iter([
        ("dry_run".to_owned(), dry_run.into()),
        ("changed".to_owned(), (plan.change.is_some() || !unload.steps.is_empty()).into()),
        ("files".to_owned(), plan.change.iter().map(show::plan::change_value).collect()),
        ("steps".to_owned(), show::plan::steps_value(unload)),
        ("modules".to_owned(), modules.into()),
        ("stale_images".to_owned(), images.into()),
    ]);
    Answer { text: lines, json, ..Answer::default() }
}

/// The installed kernels besides the one that is meant.
pub(super) fn worlds(session: &Session) -> Vec<Machine> {
    let own = session.machine.module_directory();
    let kernels = session.kernels().into_iter().map(|(_, machine)| machine);
    kernels.filter(|machine| machine.module_directory() != own).collect()
}
