//! The configuration symbol of a module in each kernel, in words: which one, how it is set, and what
//! tells so.

use kmodctl::decide::configured::{Configured, Doubt, Evidence};
use kmodctl::format::kernel_configuration::Setting;
use serde_json::{Value, json};

use super::facts::InKernel;
use crate::show::text;

/// Lines with their labels: one a kernel, or one for all where none has a configuration.
pub(super) fn lines(kernels: &[InKernel]) -> Vec<(&'static str, String)> {
    let is_unknown =
        |one: &InKernel| one.configured == Configured::CannotTell(Doubt::NoConfiguration);
    if kernels.iter().all(is_unknown) {
        let told = "no kernel's configuration is installed here".to_owned();
        return kernels.first().map(|_| ("config", told)).into_iter().collect();
    }
    let label = |number: usize| if number == 0 { "config" } else { "" };
    let line = |(number, one)| (label(number), line(one));
    kernels.iter().enumerate().map(line).collect()
}

fn line(one: &InKernel) -> String {
    let told = match symbol(one) {
        Some(symbol) => format!("{symbol}, {}", message(one)),
        None => message(one),
    };
    format!("{}: {told}", text(&one.release))
}

/// The symbol as the configuration has it.
fn symbol(one: &InKernel) -> Option<String> {
    let Configured::Symbol { symbol, setting, .. } = &one.configured else { return None };
    let symbol = text(symbol);
    Some(match setting {
        Some(setting) => set(&symbol, setting),
        None if one.configuration.is_some() => format!("{symbol} (not in the configuration)"),
        None => format!("{symbol} (the configuration is not installed)"),
    })
}

fn set(symbol: &str, setting: &Setting) -> String {
    match setting {
        Setting::Unset => format!("{symbol} is not set"),
        other => format!("{symbol}={}", value_of(other)),
    }
}

fn value_of(setting: &Setting) -> String {
    match setting {
        Setting::BuiltIn => "y".into(),
        Setting::Module => "m".into(),
        Setting::Unset => "n".into(),
        Setting::Value(value) => text(value),
    }
}

/// What tells the symbol, or why none can be told.
fn message(one: &InKernel) -> String {
    match &one.configured {
        Configured::CannotTell(Doubt::Disagrees { symbol, setting }) => format!(
            "cannot tell: {} has its name, and does not agree with what is installed",
            set(&text(symbol), setting)
        ),
        Configured::CannotTell(Doubt::NoConfiguration) => {
            "cannot tell: the configuration is not installed".into()
        }
        Configured::CannotTell(Doubt::NoSymbol) => {
            "cannot tell: no symbol has its name, and no Makefile that is installed builds it"
                .into()
        }
        Configured::Symbol { by: Evidence::Ending, .. } => {
            "a guess: the only symbol that ends in its name".into()
        }
        Configured::Symbol { by: Evidence::FileSystem, .. } => {
            "a guess by its name, as file systems have it".into()
        }
        Configured::Symbol { by: Evidence::Makefile { file, line }, .. } => {
            format!("by {}:{line}", text(file))
        }
        Configured::Symbol { by: Evidence::Name, .. } => "a guess by its name".into(),
    }
}

/// The symbol for programs.
pub(super) fn value(one: &InKernel) -> Value {
    let (symbol, setting, evidence, at) = match &one.configured {
        Configured::CannotTell(_) => (None, None, "none", None),
        Configured::Symbol { symbol, setting, by } => {
            let (evidence, at) = match by {
                Evidence::Ending => ("ending", None),
                Evidence::FileSystem => ("file-system", None),
                Evidence::Makefile { file, line } => {
                    ("makefile", Some(format!("{}:{line}", text(file))))
                }
                Evidence::Name => ("name", None),
            };
            (Some(text(symbol)), setting.as_ref().map(value_of), evidence, at)
        }
    };
    json!({
        "symbol": symbol,
        "value": setting,
        "evidence": evidence,
        "at": at,
        "message": message(one),
        "file": one.configuration.as_deref().map(text),
    })
}
