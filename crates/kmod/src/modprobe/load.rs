//! Inserting modules by name, alias or path, and telling which modules a name stands for.

use kmodctl::decide::plan::{Action, Force, Forecast, Note, Plan};
use kmodctl::decide::resolve::Match;
use kmodctl::decide::{BlacklistPolicy, LoadPolicy, World, plan_load, resolve};
use kmodctl::format::module_parameters;

use super::Session;
use super::options::Work;
use crate::ended::Ended;
use crate::words::{errno_text, modprobe_text};
use crate::{path, problems};

/// Inserts what the operands name: all of them, or the first with the others as its parameters.
pub(super) fn run(mut session: Session<'_>) -> Result<(), Ended> {
    let (names, words) = match session.options.all {
        true => (session.options.operands.as_slice(), &[][..]),
        false => session.options.operands.split_at(1),
    };
    let parameters = module_parameters::join(words.iter().map(Vec::as_slice));
    let mut failed = false;
    for name in names {
        failed |= !session.load(name, &parameters)?;
    }
    Ended::if_failed(failed)
}

impl Session<'_> {
    /// Inserts all that one operand stands for; whether that went well is told by the last of it.
    fn load(&mut self, operand: &[u8], parameters: &[u8]) -> Result<bool, Ended> {
        let mut well = false;
        for found in self.found(operand)? {
            well = match self.options.work {
                Work::Resolve => {
                    self.steps.output.write(&[found.module.as_bytes(), b"\n"])?;
                    true
                }
                _ => self.insert(&found, parameters)?,
            };
        }
        Ok(well)
    }

    /// The modules an operand stands for; when there are none that has been told.
    fn found(&self, operand: &[u8]) -> Result<Vec<Match>, Ended> {
        if operand.starts_with(b"/") || operand.starts_with(b"./") {
            return self.file(operand);
        }
        let found = resolve(&self.machine, operand).unwrap_or_else(|problem| {
            problems::tell(&self.steps.log, &problem);
            Vec::new()
        });
        if found.is_empty() {
            let directory = self.machine.module_directory();
            self.steps.log.fatal_unless(
                self.options.all,
                &[b"Module ", operand, b" not found in directory ", directory],
            )?;
        }
        Ok(found)
    }

    fn file(&self, operand: &[u8]) -> Result<Vec<Match>, Ended> {
        match path::of_module(operand) {
            Ok(path) => Ok(vec![Match::of_path(&path)]),
            Err(errno) => {
                let text = errno_text(errno);
                self.steps.log.fatal_unless(
                    self.options.all,
                    &[b"Failed to get module from path ", operand, b": ", &text],
                )?;
                Ok(Vec::new())
            }
        }
    }

    fn insert(&mut self, found: &Match, parameters: &[u8]) -> Result<bool, Ended> {
        let done = match plan_load(&self.machine, found, &self.load_policy(parameters)) {
            Ok(plan) if self.options.dry_run => return self.show(&plan).map(|()| true),
            Ok(plan) => self.carry_out(&plan)?,
            Err(problem) => {
                problems::tell(&self.steps.log, &problem);
                Err(problem)
            }
        };
        if let Err(problem) = &done {
            let (name, text) = (found.module.as_bytes(), modprobe_text(problem.errno()));
            self.steps.log.error(&[b"could not insert '", name, b"': ", &text]);
        }
        Ok(done.is_ok())
    }

    fn load_policy(&self, parameters: &[u8]) -> LoadPolicy {
        let options = self.options;
        LoadPolicy {
            blacklist: BlacklistPolicy {
                aliases: true,
                everything: false,
                names: options.use_blacklist,
            },
            extra_options: parameters.to_vec(),
            first_time: options.first_time,
            force: Force {
                modversions: options.force_modversions,
                vermagic: options.force_vermagic,
            },
            ignore_commands: options.ignore_commands,
            ignore_loaded: options.ignore_loaded,
        }
    }

    fn show(&mut self, plan: &Plan) -> Result<(), Ended> {
        for step in &plan.steps {
            // That a module is built in is told to those who ask what a load consists of.
            let is_shown =
                self.options.ignore_loaded || !matches!(step.action, Action::Note(Note::BuiltIn));
            if step.forecast == Forecast::Applies && is_shown {
                self.steps.show(step)?;
            }
        }
        Ok(())
    }
}
