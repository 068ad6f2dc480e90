//! From a name or an alias to modules, in kmod's order of sources. It loads nothing, and it does
//! not ask whether a module is blocked.

use alloc::vec;
use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::name::fold_alias;

use crate::plan::CommandKind;
use crate::problem::Problem;
use crate::world::World;

/// A module that a name or an alias led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The module.
    pub module: ModuleName,
    /// Which source named it.
    pub source: Source,
    /// The alias that led to it: the pattern of a configuration line, or the query of an index.
    pub alias: Option<Vec<u8>>,
    /// The file to use instead of the one that modules.dep names.
    pub path: Option<Vec<u8>>,
    /// The command whose line made the name known.
    pub command: Option<(CommandKind, Vec<u8>)>,
}

/// Where a name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// modules.builtin.alias.
    BuiltinAlias,
    /// modules.builtin.
    BuiltinIndex,
    /// An `install` or `remove` line with exactly this name.
    ConfigurationCommand,
    /// An `alias` line.
    ConfigurationAlias,
    /// modules.dep.
    DependencyIndex,
    /// A path to a module file.
    File,
    /// modules.alias.
    ModuleAlias,
    /// Asked for by its plain name, without a look at any source.
    Name,
    /// modules.symbols.
    SymbolIndex,
}

impl Match {
    /// Names a module without asking whether it exists.
    pub fn of_name(module: ModuleName) -> Self {
        Self::new(module, Source::Name)
    }

    /// Names the module of a file, which is used in the place of the one in modules.dep.
    pub fn of_path(path: &[u8]) -> Self {
        let named = Self::new(ModuleName::of_path(path), Source::File);
        Self { path: Some(path.into()), ..named }
    }

    fn new(module: ModuleName, source: Source) -> Self {
        Self { module, source, alias: None, path: None, command: None }
    }

    fn through(module: ModuleName, source: Source, alias: &[u8]) -> Self {
        Self { alias: Some(alias.into()), ..Self::new(module, source) }
    }
}

/// Finds the modules that a name or alias stands for.
///
/// The first source that knows anything ends the search; nothing found is an empty list. An
/// unmatched bracket and a damaged index are problems.
pub fn resolve(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    let folded =
        fold_alias(query).map_err(|_| Problem::UnmatchedBracket { query: query.into() })?;
    for source in SOURCES {
        let matches = source(world, &folded)?;
        if !matches.is_empty() {
            return Ok(matches);
        }
    }
    Ok(Vec::new())
}

/// Finds the one module of a name, without aliases of the configuration or of module files.
///
/// This is the look-up of `modinfo --modname`: modules.dep, then what is built in.
pub fn resolve_name(world: &dyn World, spelling: &[u8]) -> Result<Option<Match>, Problem> {
    let name = ModuleName::new(spelling);
    for source in [in_dependency_index, in_builtin_index, in_builtin_aliases] {
        let matches = source(world, name.as_bytes())?;
        if let Some(first) = matches.into_iter().next() {
            return Ok(Some(first));
        }
    }
    Ok(None)
}

type Look = fn(&dyn World, &[u8]) -> Result<Vec<Match>, Problem>;

const SOURCES: [Look; 7] = [
    in_configuration_aliases,
    in_dependency_index,
    in_symbol_index,
    in_configuration_commands,
    in_module_aliases,
    in_builtin_index,
    in_builtin_aliases,
];

fn in_configuration_aliases(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    let aliases = world.configuration().aliases_of(query);
    Ok(aliases
        .map(|(pattern, module)| {
            Match::through(module.clone(), Source::ConfigurationAlias, pattern)
        })
        .collect())
}

fn in_dependency_index(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    // A modalias always holds a colon and a module's name never does: kmod saves itself the look.
    if query.contains(&b':') {
        return Ok(Vec::new());
    }
    Ok(match world.module_file(query)? {
        Some(_) => vec![Match::new(ModuleName::verbatim(query), Source::DependencyIndex)],
        None => Vec::new(),
    })
}

fn in_symbol_index(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    if !query.starts_with(b"symbol:") {
        return Ok(Vec::new());
    }
    Ok(tagged(world.symbol_owners(query)?, Source::SymbolIndex, query))
}

fn in_configuration_commands(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    let Some((kind, command)) = world.configuration().command_of_exactly(query) else {
        return Ok(Vec::new());
    };
    let named = Match::new(ModuleName::verbatim(query), Source::ConfigurationCommand);
    Ok(vec![Match { command: Some((kind, command.into())), ..named }])
}

fn in_module_aliases(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    Ok(tagged(world.alias_owners(query)?, Source::ModuleAlias, query))
}

fn in_builtin_index(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    Ok(match world.is_builtin(query)? {
        true => vec![Match::new(ModuleName::verbatim(query), Source::BuiltinIndex)],
        false => Vec::new(),
    })
}

fn in_builtin_aliases(world: &dyn World, query: &[u8]) -> Result<Vec<Match>, Problem> {
    Ok(tagged(world.builtin_alias_owners(query)?, Source::BuiltinAlias, query))
}

fn tagged(owners: Vec<ModuleName>, source: Source, alias: &[u8]) -> Vec<Match> {
    owners.into_iter().map(|owner| Match::through(owner, source, alias)).collect()
}
