//! Images of the first root directory that give a module another value than the one that it is to
//! get: they load it before the system's own configuration is there.

use kmodctl::decide::Problem;
use kmodctl::decide::parameters::image::{Early, differs};
use kmodctl::format::ModuleName;

use crate::answer::Remark;
use crate::commands::stale::StaleImages;
use crate::session::Session;
use crate::show::text;

/// A module, its parameter, and the value that it is to get; the inner `None` is a parameter without
/// a value, the outer one no parameter at all.
pub(super) type Wanted = (ModuleName, Vec<u8>, Option<Option<Vec<u8>>>);

/// The images that give a module something else; a problem when they are to be made anew and cannot
/// be.
pub(super) fn stale_images<'a>(
    session: &'a Session,
    wanted: &'a [Wanted],
    rebuild: bool,
) -> Result<(StaleImages<'a>, Vec<Remark>), Problem> {
    let (stale, unreadable) = StaleImages::find(session, move |image| {
        let Ok(contents) = &image.contents else { return Ok(None) };
        let old = wanted.iter().find_map(|(module, parameter, value)| {
            let early = differs(contents, module, parameter, value.as_ref())?;
            Some(words(module, parameter, &early))
        });
        Ok(old)
    })?;
    if rebuild {
        stale.check(session)?;
    }
    Ok((stale, unreadable))
}

fn words(module: &ModuleName, parameter: &[u8], early: &Early) -> String {
    let name = format!("{module}.{}", text(parameter));
    match early {
        Early::Nothing => format!("it loads `{module}` without {name}"),
        Early::Value(None) => format!("it loads `{module}` with {name} set"),
        Early::Value(Some(value)) => format!("it loads `{module}` with {name}={}", text(value)),
    }
}
