//! Images of the first root directory that give a module another value than the one that it is to
//! get: they load it before the system's own configuration is there. Such a change is made here.

use kmodctl::decide::parameters::image::{Early, differs};
use kmodctl::decide::{FileChange, Problem};
use kmodctl::format::ModuleName;
use kmodctl::system::file_change;
use serde_json::Value;

use crate::answer::Remark;
use crate::commands::stale::StaleImages;
use crate::session::Session;
use crate::show::text;

/// A module, its parameter, and the value that it is to get; the inner `None` is a parameter without
/// a value, the outer one no parameter at all.
pub(super) type Wanted = (ModuleName, Vec<u8>, Option<Option<Vec<u8>>>);

/// Makes the change of our own file, unless it is only to be shown, and looks at the images around
/// it: the JSON of those that give a module something else, and what is told of images.
pub(super) fn change_around(
    session: &Session,
    wanted: &[Wanted],
    change: Option<&FileChange>,
    (dry_run, rebuild): (bool, bool),
) -> Result<(Value, Vec<Remark>), Problem> {
    let (stale, mut remarks) = StaleImages::find(session, |image| {
        let Ok(contents) = &image.contents else { return Ok(None) };
        let old = wanted.iter().find_map(|(module, parameter, value)| {
            let early = differs(contents, module, parameter, value.as_ref())?;
            Some(words(module, parameter, &early))
        });
        Ok(old)
    })?;
    let change = change.filter(|_| !dry_run);
    let make = || change.map_or(Ok(()), file_change::make);
    remarks.extend(stale.around(rebuild, dry_run, make)?);
    Ok((stale.value(), remarks))
}

fn words(module: &ModuleName, parameter: &[u8], early: &Early) -> String {
    let name = format!("{module}.{}", text(parameter));
    match early {
        Early::Nothing => format!("it loads `{module}` without {name}"),
        Early::Value(None) => format!("it loads `{module}` with {name} set"),
        Early::Value(Some(value)) => format!("it loads `{module}` with {name}={}", text(value)),
    }
}
