//! The layers become one: flags, then the environment, the project file, the user file, defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::model::closest;
use crate::settings::file::{Entries, SettingsFile};
use crate::settings::keys::{self, Key};
use crate::settings::kind::{Folders, Problem, Value};
use crate::settings::origin::Chosen;
use crate::settings::trust::{Trust, TrustStore};
use crate::settings::{
    Layer, LoadInputs, Origin, Origins, Paths, Settings, assemble, env, project_file_above,
};

/// The settings, where each came from, and what the operator should hear about them.
#[derive(Debug)]
pub struct Resolved {
    pub settings: Settings,
    pub origins: Origins,
    /// One line each: unknown variables, a variable that overrules the chosen context.
    pub notes: Vec<String>,
    /// The user file, whether it exists or not.
    pub user_file: PathBuf,
    pub user_file_exists: bool,
    pub project_file: Option<ProjectFile>,
}

#[derive(Clone, Debug)]
pub struct ProjectFile {
    pub path: PathBuf,
    pub trust: Trust,
}

pub(super) fn load(inputs: &LoadInputs) -> Result<Resolved> {
    let home = inputs.home.as_deref();
    let paths = Paths::resolve(&inputs.env, home)?;
    let (user_path, user_file) = user_file(inputs, &paths)?;
    let project_file = project_file(inputs, &user_path)?;
    let trust = match &project_file {
        Some(file) => Some(check_trust(file, &paths)?),
        None => None,
    };
    let mut layers = Layers {
        inputs,
        files: [(Layer::Project, project_file.clone()), (Layer::User, user_file.clone())]
            .into_iter()
            .filter_map(|(layer, file)| Some((layer, file?)))
            .collect(),
        context: None,
    };
    layers.context = layers.chosen_context()?;

    let chosen = keys::all().map(|key| layers.choose(key)).collect::<Result<Vec<_>>>()?;
    let mut origins = Origins { chosen };
    let mut notes = env::unknown(&inputs.env);
    notes.extend(layers.overruled(&origins));
    let settings = assemble::settings(&mut origins, paths, &mut notes)?;
    Ok(Resolved {
        settings,
        origins,
        notes,
        user_file_exists: user_file.is_some(),
        user_file: user_path,
        project_file: project_file
            .zip(trust)
            .map(|(file, trust)| ProjectFile { path: file.path.clone(), trust }),
    })
}

pub(super) fn load_flags_alone(inputs: &LoadInputs) -> Result<Settings> {
    let paths = Paths::resolve(&inputs.env, inputs.home.as_deref())?;
    let bare = LoadInputs { env: BTreeMap::new(), ..inputs.clone() };
    let layers = Layers { inputs: &bare, files: Vec::new(), context: None };
    let chosen = keys::all().map(|key| layers.choose(key)).collect::<Result<Vec<_>>>()?;
    assemble::settings(&mut Origins { chosen }, paths, &mut Vec::new())
}

/// Where the user file is: `--config`, `CANVASS_CONFIG`, or the XDG folder.
pub fn user_file_path(inputs: &LoadInputs, paths: &Paths) -> PathBuf {
    match (&inputs.flags.config, env::get(&inputs.env, env::CONFIG)) {
        (Some(path), _) => inputs.cwd.join(path),
        (None, Some(path)) => inputs.cwd.join(path),
        (None, None) => paths.user_file(),
    }
}

fn user_file(inputs: &LoadInputs, paths: &Paths) -> Result<(PathBuf, Option<Arc<SettingsFile>>)> {
    let path = user_file_path(inputs, paths);
    let file = SettingsFile::read(&path, inputs.home.as_deref())?;
    let asked_for = inputs.flags.config.is_some() || env::get(&inputs.env, env::CONFIG).is_some();
    if file.is_none() && asked_for {
        let by = if inputs.flags.config.is_some() { "--config" } else { env::CONFIG };
        return Err(Error::usage(format!("{by}: there is no {}", path.display())));
    }
    Ok((path, file.map(Arc::new)))
}

fn project_file(inputs: &LoadInputs, user_path: &Path) -> Result<Option<Arc<SettingsFile>>> {
    let home = inputs.home.as_deref();
    let Some(path) = project_file_above(&inputs.cwd, home) else { return Ok(None) };
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same(&path, user_path) {
        return Ok(None);
    }
    Ok(SettingsFile::read(&path, home)?.map(Arc::new))
}

fn check_trust(file: &SettingsFile, paths: &Paths) -> Result<Trust> {
    let forbidden = file.needing_trust();
    let trust = match TrustStore::open(paths).and_then(|store| store.of(file)) {
        Ok(trust) => trust,
        // A damaged list matters only to those who need it.
        Err(_) if forbidden.is_empty() => Trust::Unknown,
        Err(error) => return Err(error),
    };
    if trust == Trust::Trusted || forbidden.is_empty() {
        return Ok(trust);
    }
    let names: Vec<&str> = forbidden.iter().map(|(name, _)| name.as_str()).collect();
    let why = match trust {
        Trust::Changed => "has changed since it was trusted",
        _ => "is not trusted",
    };
    let folder = file.path.parent().unwrap_or(&file.path);
    Err(Error::usage(format!("{} {why}, so it may not set {}", file.path.display(), names.join(", ")))
        .hint(format!("read the file; if you agree with it, run 'canvass trust {}'", folder.display())))
}

struct Layers<'a> {
    inputs: &'a LoadInputs,
    /// Strongest first.
    files: Vec<(Layer, Arc<SettingsFile>)>,
    context: Option<String>,
}

impl Layers<'_> {
    fn chosen_context(&self) -> Result<Option<String>> {
        let Some(key) = keys::find("context") else { return Ok(None) };
        let chosen = self.choose(key)?;
        let Some(Value::Text(name)) = chosen.value else { return Ok(None) };
        let mut known: Vec<&str> =
            self.files.iter().flat_map(|(_, file)| file.contexts.keys().map(String::as_str)).collect();
        if known.contains(&name.as_str()) {
            return Ok(Some(name));
        }
        known.sort_unstable();
        known.dedup();
        let error = Error::usage(format!("{}: there is no context '{name}'", chosen.origin));
        Err(match closest(&name, known.iter().copied()) {
            Some(meant) => error.hint(format!("did you mean '{meant}'?")),
            None if known.is_empty() => error.hint("define it under 'contexts:' in the user file"),
            None => error.hint(format!("one of: {}", known.join(", "))),
        })
    }

    fn choose(&self, key: &'static Key) -> Result<Chosen> {
        let folders = Folders { base: &self.inputs.cwd, home: self.inputs.home.as_deref() };
        for (name, values) in self.inputs.flags.given() {
            if name == key.name {
                let flag =
                    format!("--{}", key.flag.map_or_else(|| key.name.replace('_', "-"), str::to_owned));
                let value = flag_value(key, values, folders).map_err(|problem| named(&flag, problem))?;
                return Ok(Chosen { key, value: Some(value), origin: Origin::Flag(flag), read_below: false });
            }
        }
        if let Some(said) = env::said_about(key, &self.inputs.env) {
            // What something else reads is only shown; it need not be in our form.
            let value = if said.read_below {
                Value::Text(said.text.to_owned())
            } else {
                key.kind.read(said.text, folders).map_err(|problem| named(&said.variable, problem))?
            };
            let origin = Origin::Variable(said.variable);
            let written_below = said.read_below && self.in_files(key).is_some();
            if !written_below {
                return Ok(Chosen { key, value: Some(value), origin, read_below: said.read_below });
            }
        }
        if let Some((origin, value)) = self.in_files(key) {
            return Ok(Chosen { key, value: Some(value), origin, read_below: false });
        }
        let value = match key.default {
            Some(text) => Some(key.kind.read(text, folders).map_err(|problem| named(key.name, problem))?),
            None => None,
        };
        Ok(Chosen { key, value, origin: Origin::Default, read_below: false })
    }

    /// The chosen context of a file comes before what stands beside it.
    fn in_files(&self, key: &Key) -> Option<(Origin, Value)> {
        self.files.iter().find_map(|(layer, file)| {
            let in_context = self
                .context
                .as_ref()
                .and_then(|context| Some((Some(context.clone()), file.contexts.get(context)?)));
            let places: [Option<(Option<String>, &Entries)>; 2] = [in_context, Some((None, &file.top))];
            places.into_iter().flatten().find_map(|(context, entries)| {
                let entry = entries.get(key.name)?;
                let origin =
                    Origin::File { layer: *layer, file: Arc::clone(file), entry: entry.at.clone(), context };
                Some((origin, entry.value.clone()))
            })
        })
    }

    /// A variable that was exported for another tool can point a chosen context elsewhere. The
    /// order is what it is; the operator hears of it.
    fn overruled(&self, origins: &Origins) -> Vec<String> {
        origins
            .iter()
            .filter(|chosen| matches!(chosen.origin, Origin::Variable(_)) && !chosen.read_below)
            .filter_map(|chosen| {
                let (origin, below) = self.in_files(chosen.key)?;
                let context = origin.context()?;
                (Some(&below) != chosen.value.as_ref()).then(|| {
                    format!(
                        "{} overrules '{}' of context '{context}' ({origin})",
                        chosen.origin, chosen.key.name
                    )
                })
            })
            .collect()
    }
}

fn flag_value(key: &Key, values: &[String], folders: Folders<'_>) -> Result<Value, Problem> {
    if key.kind.is_list() {
        return key.kind.list(values.to_vec(), folders);
    }
    // The last one typed counts, as for most tools: an alias can be overruled.
    match values.last() {
        Some(value) => key.kind.read(value, folders),
        None => Err(Problem::new("it has no value")),
    }
}

/// The problem, named after where the value came from.
fn named(place: &str, problem: Problem) -> Error {
    let error = Error::usage(format!("{place}: {}", problem.text));
    match problem.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
