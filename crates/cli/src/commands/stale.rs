//! Images of the first root directory that do not hold what a change comes to: what is told of them,
//! and how they are made anew. Which ones these are is known by the commands that change something.

use kmodctl::decide::rebuild::ImageTool;
use kmodctl::decide::{Image, Problem};
use kmodctl::system::{images, program};
use serde_json::Value;

use crate::answer::Remark;
use crate::session::Session;
use crate::show::block::image_fault;
use crate::show::text;

/// An image that does not hold what a change comes to.
pub(super) struct Stale {
    path: Vec<u8>,
    release: Vec<u8>,
    why: String,
}

/// All of them, and the words of the programs that make them anew; without a tool, none.
pub(super) struct StaleImages {
    stale: Vec<Stale>,
    rebuilds: Vec<Vec<Vec<u8>>>,
}

impl StaleImages {
    /// Reads the host's images; `why` says what is old in one. An image that cannot be read is told.
    pub(super) fn find(
        session: &Session,
        mut why: impl FnMut(&Image) -> Result<Option<String>, Problem>,
    ) -> Result<(Self, Vec<Remark>), Problem> {
        let (mut stale, mut remarks) = (Vec::new(), Vec::new());
        for image in images::read_all(&session.host) {
            if let Err(fault) = &image.contents {
                let why = image_fault(*fault);
                let told = format!("{} cannot be read: {why}", text(&image.path));
                remarks.push(Remark { code: "image-unreadable", told, fix: None });
                continue;
            }
            let Some(why) = why(&image)? else { continue };
            let release = image.contents.iter().find_map(|inside| inside.release.clone());
            let release = release.unwrap_or_else(|| session.release.clone());
            stale.push(Stale { path: image.path, release, why });
        }
        let rebuilds = rebuild_words(session, &stale);
        Ok((Self { stale, rebuilds }, remarks))
    }

    /// Refuses to make them anew where that cannot be done.
    pub(super) fn check(&self, session: &Session) -> Result<(), Problem> {
        if !session.host.is_running() {
            return Err(Problem::OtherHost { root: session.host.root().to_vec() });
        }
        match self.rebuilds.is_empty() && !self.stale.is_empty() {
            true => Err(Problem::RebuildToolMissing),
            false => Ok(()),
        }
    }

    /// Makes them anew if that is asked for; what is told of them otherwise.
    pub(super) fn made_anew(&self, rebuild: bool) -> Result<Vec<Remark>, Problem> {
        match rebuild {
            true => {
                self.rebuilds.iter().try_for_each(|words| program::run(words)).map(|()| Vec::new())
            }
            false => Ok(self.remarks()),
        }
    }

    fn remarks(&self) -> Vec<Remark> {
        let commands: Vec<_> = self.rebuilds.iter().map(|words| text(words.join(&b' '))).collect();
        let remark = |image: &Stale| Remark {
            code: "image-stale",
            told: format!("{} still holds the old state: {}", text(&image.path), image.why),
            fix: Some(match commands.is_empty() {
                true => "make it anew with the tool that made it".to_owned(),
                false => format!("add --rebuild, or run: {}", commands.join("; ")),
            }),
        };
        self.stale.iter().map(remark).collect()
    }

    /// Their paths.
    pub(super) fn value(&self) -> Value {
        self.stale.iter().map(|image| text(&image.path)).collect()
    }
}

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
