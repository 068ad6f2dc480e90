//! Worlds made of bytes: plans end, a dependency precedes its user, and no module is removed
//! before what holds it.
#![no_main]

use std::collections::BTreeSet;

use kmodctl_decide::configuration::Entry;
use kmodctl_decide::{
    Action, Configuration, Errno, Forecast, InitState, LoadPolicy, Match, ModuleFile, Origin, Plan,
    Problem, UnloadPolicy, World, plan_load, plan_unload,
};
use kmodctl_format::ModuleName;
use kmodctl_format::configuration::Directive;
use libfuzzer_sys::fuzz_target;

const MODULES: u8 = 12;

fuzz_target!(|bytes: &[u8]| {
    let world = BytesWorld::new(bytes);
    for module in 0..MODULES {
        let requested = Match::of_name(name(module));
        let policy = LoadPolicy { ignore_loaded: module % 2 == 0, ..LoadPolicy::default() };
        if let Ok(plan) = plan_load(&world, &requested, &policy) {
            dependencies_precede(&world, &plan);
            assert!(plan.steps.len() <= 4096, "{} steps", plan.steps.len());
        }
        let remove_holders = module % 3 == 0;
        let policy = UnloadPolicy { remove_holders, ..UnloadPolicy::default() };
        if let Ok(plan) = plan_unload(&world, &requested, &policy) {
            holders_precede(&world, &plan);
        }
    }
});

fn dependencies_precede(world: &BytesWorld, plan: &Plan) {
    let mut inserted = BTreeSet::new();
    for step in &plan.steps {
        let acts = !matches!(step.action, Action::Note(_));
        for needed in world.needs[usize::from(number(&step.subject))].iter().filter(|_| acts) {
            assert!(inserted.contains(&name(*needed)), "{needed} behind its user");
        }
        inserted.insert(step.subject.clone());
    }
}

fn holders_precede(world: &BytesWorld, plan: &Plan) {
    let mut removed = BTreeSet::new();
    for step in &plan.steps {
        let goes = matches!(step.action, Action::Remove(_)) && step.forecast == Forecast::Applies;
        if !goes {
            continue;
        }
        for holder in world.users(number(&step.subject)) {
            assert!(removed.contains(&name(holder)), "{holder} is left without what it uses");
        }
        removed.insert(step.subject.clone());
    }
}

/// Twelve modules; a module needs modules of higher numbers only, as depmod makes sure.
struct BytesWorld {
    configuration: Configuration,
    needs: Vec<Vec<u8>>,
    live: Vec<bool>,
}

impl BytesWorld {
    fn new(bytes: &[u8]) -> Self {
        let mut world = Self {
            configuration: Configuration::default(),
            needs: vec![Vec::new(); usize::from(MODULES)],
            live: vec![false; usize::from(MODULES)],
        };
        for three in bytes.chunks_exact(3).take(64) {
            world.take(three[0], three[1] % MODULES, three[2] % MODULES);
        }
        world.close();
        world
    }

    fn take(&mut self, kind: u8, one: u8, other: u8) {
        let pattern = name(one).as_bytes().to_vec();
        let word = vec![name(other).as_bytes().to_vec()];
        match kind % 5 {
            0 if one < other => self.needs[usize::from(one)].push(other),
            0 => {}
            1 => self.configure(Directive::Softdep { pattern, pre: word, post: Vec::new() }),
            2 => self.configure(Directive::Softdep { pattern, pre: Vec::new(), post: word }),
            3 => self.configure(Directive::Install { pattern, command: b"/bin/false".to_vec() }),
            _ => self.live[usize::from(one)] = true,
        }
    }

    fn configure(&mut self, directive: Directive) {
        self.configuration.entries.push(Entry { directive, origin: Origin::KernelCommandLine });
    }

    /// Makes the lists transitive and ordered as modules.dep has them, and what is needed live.
    fn close(&mut self) {
        for user in (0..usize::from(MODULES)).rev() {
            let direct: BTreeSet<u8> = self.needs[user].iter().copied().collect();
            let all = direct.iter().flat_map(|&needed| {
                self.needs[usize::from(needed)].iter().copied().chain([needed])
            });
            self.needs[user] = all.collect::<BTreeSet<u8>>().into_iter().collect();
        }
        for user in 0..usize::from(MODULES) {
            if self.live[user] {
                self.needs[user].iter().for_each(|&needed| self.live[usize::from(needed)] = true);
            }
        }
    }

    fn users(&self, module: u8) -> Vec<u8> {
        let uses = |user: &u8| {
            self.live[usize::from(*user)] && self.needs[usize::from(*user)].contains(&module)
        };
        (0..MODULES).filter(uses).collect()
    }
}

fn name(module: u8) -> ModuleName {
    ModuleName::new([b'a' + module])
}

fn number(module: &ModuleName) -> u8 {
    module.as_bytes()[0] - b'a'
}

fn path(module: u8) -> Vec<u8> {
    vec![b'/', b'a' + module]
}

impl World for BytesWorld {
    fn configuration(&self) -> &Configuration {
        &self.configuration
    }
    fn module_directory(&self) -> &[u8] {
        b"/m"
    }
    fn module_file(&self, key: &[u8]) -> Result<Option<ModuleFile>, Problem> {
        let module = key[0] - b'a';
        let dependencies = self.needs[usize::from(module)].iter().map(|&needed| path(needed));
        Ok(Some(ModuleFile { path: path(module), dependencies: dependencies.collect() }))
    }
    fn alias_owners(&self, _query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(Vec::new())
    }
    fn symbol_owners(&self, _query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(Vec::new())
    }
    fn is_builtin(&self, _key: &[u8]) -> Result<bool, Problem> {
        Ok(false)
    }
    fn builtin_alias_owners(&self, _query: &[u8]) -> Result<Vec<ModuleName>, Problem> {
        Ok(Vec::new())
    }
    fn state(&self, module: &ModuleName) -> Option<InitState> {
        self.live[usize::from(number(module))].then_some(InitState::Live)
    }
    fn references(&self, module: &ModuleName) -> Result<i32, Errno> {
        match self.state(module) {
            Some(_) => Ok(self.users(number(module)).len() as i32),
            None => Err(Errno::ENOENT),
        }
    }
    fn holders(&self, module: &ModuleName) -> Result<Vec<ModuleName>, Errno> {
        Ok(self.users(number(module)).into_iter().map(name).collect())
    }
}
