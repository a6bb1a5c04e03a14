//! Disks that are full, read-only, spoilt or somebody else's: the answer does not change.

use super::{SCOPE, VPCS, ask, calls, notes, rows};
use crate::support::canvass::Canvass;

#[cfg(unix)]
#[test]
fn a_full_disk_means_one_note_and_the_same_answer() {
    let truth = rows(&ask(&Canvass::new().live(), "true", &[], VPCS));
    for blocks in [0, 8, 200] {
        let canvass = Canvass::new().live().keeping_rows();
        // The shell's blocks are 512 or 1024 bytes; a file that grows beyond them is refused.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let typed = [&["--demo"], SCOPE.as_slice(), &["query", "-o", "json", VPCS]].concat();
        let program = canvass.command(&typed);
        let output = std::process::Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(canvass.path())
            .output()
            .unwrap();
        let run = canvass.finished(output);
        assert_eq!(run.code, 0, "{blocks}: {}", run.stderr);
        assert_eq!(rows(&run), truth);
        let mut notes = notes(&run);
        notes.retain(|note| note.starts_with("rows "));
        assert!(notes.len() <= 1, "{blocks}: {notes:?}");
        assert!(blocks > 8 || notes[0].starts_with("rows are not kept in ~/"), "{blocks}: {notes:?}");
        // With room again, it is kept again.
        assert_eq!(rows(&ask(&canvass, "true", &[], VPCS)), truth);
        assert_eq!(calls(&ask(&canvass, "true", &[], VPCS)), 0, "{blocks}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_none_or_may_not_be_written_means_one_note() {
    let canvass = Canvass::new().live().keeping_rows();
    std::fs::create_dir_all(canvass.rows().parent().unwrap()).unwrap();
    std::fs::write(canvass.rows(), "a file").unwrap();
    let run = ask(&canvass, "true", &[], VPCS);
    assert_eq!(run.code, 0);
    assert_eq!(notes(&run).len(), 1, "{:?}", notes(&run));
    assert!(notes(&run)[0].starts_with("rows are not kept in ~/.cache/canvass/rows: "), "{:?}", notes(&run));
}

#[cfg(target_os = "linux")]
#[test]
fn what_another_user_left_there_is_not_believed() {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let canvass = Canvass::new().live().keeping_rows();
    let truth = ask(&canvass, "true", &[], VPCS);
    let me = std::fs::metadata("/proc/self").unwrap().uid();
    if me != 0 {
        // Only root can give files away; the room's own test covers the rest.
        return;
    }
    chown(canvass.rows().join("index.db"), Some(65534), None).unwrap();
    let run = ask(&canvass, "true", &[], VPCS);
    assert_eq!((run.code, rows(&run), calls(&run)), (0, rows(&truth), calls(&truth)));
    assert_eq!(notes(&run), ["rows are not kept in ~/.cache/canvass/rows: it belongs to another user"]);
}

#[test]
fn a_spoilt_segment_is_said_and_asked_again() {
    let canvass = Canvass::new().live().keeping_rows();
    let truth = ask(&canvass, "true", &[], VPCS);
    for entry in std::fs::read_dir(canvass.rows()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "rows") {
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x20;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    let run = ask(&canvass, "true", &[], VPCS);
    assert_eq!((run.code, rows(&run)), (0, rows(&truth)));
    assert_eq!(calls(&run), 1, "one unit was hit");
    let notes = notes(&run);
    assert!(notes.len() == 1 && notes[0].contains("were damaged and were asked again"), "{notes:?}");
    let again = ask(&canvass, "true", &[], VPCS);
    assert_eq!(calls(&again), 0);
}

#[test]
fn a_spoilt_index_is_said_dropped_and_made_anew() {
    let canvass = Canvass::new().live().keeping_rows();
    let truth = ask(&canvass, "true", &[], VPCS);
    std::fs::write(canvass.rows().join("index.db"), "no index ".repeat(1000)).unwrap();
    std::fs::remove_file(canvass.rows().join("index.db-wal")).unwrap();
    let run = ask(&canvass, "true", &[], VPCS);
    assert_eq!((run.code, rows(&run)), (0, rows(&truth)));
    let notes = notes(&run);
    assert!(notes.len() == 1 && notes[0].contains("was damaged and was dropped"), "{notes:?}");
    assert_eq!(calls(&ask(&canvass, "true", &[], VPCS)), 0);
}
