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

/// An image that cannot be read, and what is told of it.
type Unreadable = (Vec<u8>, Remark);

/// What is old in an image.
type Judge<'a> = dyn Fn(&Image) -> Result<Option<String>, Problem> + 'a;

/// All of them, and what makes them anew.
pub(super) struct StaleImages<'a> {
    session: &'a Session,
    judge: Box<Judge<'a>>,
    stale: Vec<Stale>,
    /// The tool and where it is.
    tool: Option<(ImageTool, Vec<u8>)>,
}

impl<'a> StaleImages<'a> {
    /// Reads the host's images; `why` says what is old in one. An image that cannot be read is told.
    pub(super) fn find(
        session: &'a Session,
        why: impl Fn(&Image) -> Result<Option<String>, Problem> + 'a,
    ) -> Result<(Self, Vec<Remark>), Problem> {
        let tool = ImageTool::ALL
            .into_iter()
            .find_map(|tool| Some((tool, program::find(&session.host, tool.program())?)));
        let mut found = Self { session, judge: Box::new(why), stale: Vec::new(), tool };
        let (stale, unreadable) = found.look()?;
        found.stale = stale;
        Ok((found, unreadable.into_iter().map(|(_, remark)| remark).collect()))
    }

    /// The images that are old, and those that cannot be read, each with what is told of it.
    fn look(&self) -> Result<(Vec<Stale>, Vec<Unreadable>), Problem> {
        let (mut stale, mut unreadable) = (Vec::new(), Vec::new());
        for image in images::read_all(&self.session.host) {
            if let Err(fault) = &image.contents {
                let why = image_fault(*fault);
                let told = format!("{} cannot be read: {why}", text(&image.path));
                let remark = Remark { code: "image-unreadable", told, fix: None };
                unreadable.push((image.path, remark));
                continue;
            }
            let Some(why) = (self.judge)(&image)? else { continue };
            let release = image.contents.iter().find_map(|inside| inside.release.clone());
            let release = release.unwrap_or_else(|| self.session.release.clone());
            stale.push(Stale { path: image.path, release, why });
        }
        Ok((stale, unreadable))
    }

    /// Makes a change, and the images anew behind it if that is asked for and this is no dry run;
    /// what is told of images. A rebuild that cannot be is refused before anything is changed.
    pub(super) fn around(
        &self,
        rebuild: bool,
        dry_run: bool,
        change: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<Vec<Remark>, Problem> {
        let makes_anew = rebuild && !dry_run;
        if makes_anew {
            self.check()?;
        }
        change()?;
        if makes_anew { self.made_anew() } else { Ok(self.remarks(rebuild)) }
    }

    fn check(&self) -> Result<(), Problem> {
        let host = &self.session.host;
        if !host.is_running() {
            return Err(Problem::OtherHost { root: host.root().to_vec() });
        }
        match self.tool.is_none() && !self.stale.is_empty() {
            true => Err(Problem::RebuildToolMissing),
            false => Ok(()),
        }
    }

    /// Makes them anew, and looks at them again.
    fn made_anew(&self) -> Result<Vec<Remark>, Problem> {
        self.rebuilds().iter().try_for_each(|words| program::run(words))?;
        let Some((tool, _)) = self.tool.as_ref().filter(|_| !self.stale.is_empty()) else {
            return Ok(Vec::new());
        };
        let (still, unreadable) = self.look()?;
        if let Some(Stale { path: image, .. }) = still.into_iter().next() {
            return Err(Problem::RebuildInVain { image, tool: *tool });
        }
        // Of the others it is told already.
        let was_stale = |path: &Vec<u8>| self.stale.iter().any(|image| image.path == *path);
        let new = unreadable.into_iter().filter(|(path, _)| was_stale(path));
        Ok(new.map(|(_, remark)| remark).collect())
    }

    fn remarks(&self, rebuild: bool) -> Vec<Remark> {
        let commands: Vec<_> =
            self.rebuilds().iter().map(|words| text(words.join(&b' '))).collect();
        let remark = |image: &Stale| Remark {
            code: "image-stale",
            told: format!("{} still holds the old state: {}", text(&image.path), image.why),
            fix: Some(match (commands.is_empty(), rebuild) {
                (true, _) => "make it anew with the tool that made it".to_owned(),
                (false, false) => format!("add --rebuild, or run: {}", commands.join("; ")),
                (false, true) => format!("--rebuild runs: {}", commands.join("; ")),
            }),
        };
        self.stale.iter().map(remark).collect()
    }

    /// Their paths.
    pub(super) fn value(&self) -> Value {
        self.stale.iter().map(|image| text(&image.path)).collect()
    }

    /// The words of what makes them anew, each once; none without a tool.
    fn rebuilds(&self) -> Vec<Vec<Vec<u8>>> {
        let Some((tool, path)) = &self.tool else { return Vec::new() };
        let stale = self.stale.iter();
        let mut words: Vec<_> =
            stale.map(|image| tool.words(path, &image.path, &image.release)).collect();
        words.dedup();
        words
    }
}
