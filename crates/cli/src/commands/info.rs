//! `kmodctl info M`: all that is known of a module, and where each part comes from.

mod configuration;
mod facts;
mod shown;

use clap::Args;
use kmodctl::decide::named::modules_named;

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::text;
use facts::Facts;

/// Tell all about a module: its file, parameters, relations, configuration and devices
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl info e1000e
      Tell all about a module
  kmodctl info pci:v00008086d000010D3sv0sd0bc02sc0i0
      Tell about the modules that a device asks for")]
pub(crate) struct Arguments {
    /// A module, or an alias such as a modalias.
    #[arg(required = true)]
    module: Vec<std::ffi::OsString>,
    /// List all aliases of the module, not only how many there are.
    #[arg(long)]
    aliases: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let mut all = Vec::new();
    for word in &arguments.module {
        let word = std::os::unix::ffi::OsStrExt::as_bytes(word.as_os_str());
        let headline = format!("nothing is known of `{}`", text(word));
        let failed = |problem| Failure::new(headline.clone(), problem);
        for module in modules_named(&session.machine, word).map_err(failed)? {
            all.push(Facts::gather(session, module).map_err(failed)?);
        }
    }
    let shown: Vec<_> =
        all.iter().map(|facts| shown::text(facts, arguments.aliases, session.paint)).collect();
    let values: Vec<_> = all.iter().map(shown::value).collect();
    Ok(Answer::new(shown.join("\n"), "modules", values))
}
