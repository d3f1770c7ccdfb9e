use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown, symlink};

use tempfile::TempDir;

use super::*;

/// A folder of root's, and a user to give it to. None without root's privileges.
fn folder_of_root() -> Option<(TempDir, SystemUser)> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can give files away");
        return None;
    }
    Some((tempfile::tempdir().unwrap(), SystemUser::find("987654").unwrap()))
}

fn is_known(path: &Path) -> bool {
    ["lock", "mail", "mail/letter"].iter().any(|known| path == Path::new(known))
}

fn owner(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().uid()
}

#[test]
fn folder_of_root_is_given_away_with_its_files_and_only_once() {
    let Some((parent, user)) = folder_of_root() else { return };
    let folder = parent.path().join("data");
    fs::create_dir_all(folder.join("mail")).unwrap();
    let files = ["lock", "mail/letter", "mail", ""].map(|name| folder.join(name));
    for file in &files[..2] {
        fs::write(file, "").unwrap();
    }
    for _ in 0..2 {
        hand_over(&folder, &user, &is_known).unwrap();
        for file in &files {
            assert_eq!(owner(file), user.uid(), "{}", file.display());
        }
    }
    assert_eq!(owner(parent.path()), 0);
}

#[test]
fn missing_folder_is_created_for_the_user_in_folders_of_root() {
    let Some((parent, user)) = folder_of_root() else { return };
    let folder = parent.path().join("var/data");
    hand_over(&folder, &user, &is_known).unwrap();
    assert_eq!((owner(&folder), owner(folder.parent().unwrap())), (user.uid(), 0));
}

#[test]
fn folder_with_other_files_stays_with_root_as_it_is() {
    let Some((parent, user)) = folder_of_root() else { return };
    let folder = parent.path();
    for name in ["lock", "backup"] {
        fs::write(folder.join(name), "").unwrap();
    }
    let error = hand_over(folder, &user, &is_known).unwrap_err();
    assert!(
        matches!(&error, FolderError::OtherFile { path, .. } if path.ends_with("backup")),
        "{error}"
    );
    assert_eq!(owner(&folder.join("lock")), 0);
    fs::remove_file(folder.join("backup")).unwrap();

    // A second name of a file that somebody else needs.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::remove_file(folder.join("lock")).unwrap();
    fs::hard_link(elsewhere.path(), folder.join("lock")).unwrap();
    let error = hand_over(folder, &user, &is_known).unwrap_err();
    assert!(matches!(error, FolderError::OtherFile { .. }), "{error}");
    assert_eq!(owner(elsewhere.path()), 0);
}

#[test]
fn symbolic_links_are_refused_and_their_targets_stay() {
    let Some((parent, user)) = folder_of_root() else { return };
    let (folder, target) = (parent.path().join("data"), parent.path().join("target"));
    fs::create_dir(&target).unwrap();
    symlink(&target, &folder).unwrap();
    let refused =
        || matches!(hand_over(&folder, &user, &is_known), Err(FolderError::SymbolicLink { .. }));
    assert!(refused());
    assert!(matches!(check(&folder, &[]), Err(FolderError::SymbolicLink { .. })));

    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    symlink(&target, folder.join("lock")).unwrap();
    assert!(refused());
    let error = check(&folder, &["lock"]).unwrap_err();
    assert!(error.to_string().contains("data/lock is a symbolic link"), "{error}");
    chown(&folder, Some(user.uid()), Some(user.gid())).unwrap();
    assert!(refused());
    assert_eq!(owner(&target), 0);
}

#[test]
fn files_and_folders_of_others_are_named_with_the_command_that_helps() {
    let Some((parent, user)) = folder_of_root() else { return };
    let folder = parent.path();
    let lock = folder.join("lock");
    fs::write(&lock, "").unwrap();
    chown(&lock, Some(4_000_000), Some(4_000_000)).unwrap();
    let error = hand_over(folder, &user, &is_known).unwrap_err().to_string();
    let expected = format!(
        "{} belongs to the user 4000000 and not to 987654, which `chown -R 987654 {}` changes",
        lock.display(),
        folder.display()
    );
    assert_eq!(error, expected);
    chown(folder, Some(user.uid()), Some(user.gid())).unwrap();
    assert_eq!(hand_over(folder, &user, &is_known).unwrap_err().to_string(), expected);
}

#[test]
fn folder_that_everyone_writes_to_is_only_given_away_while_it_is_empty() {
    let Some((parent, user)) = folder_of_root() else { return };
    let folder = parent.path();
    fs::set_permissions(folder, Permissions::from_mode(0o1777)).unwrap();
    let is_shared =
        || matches!(hand_over(folder, &user, &is_known), Err(FolderError::Shared { .. }));
    assert!(is_shared());
    fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
    fs::write(folder.join("lock"), "").unwrap();
    assert!(is_shared());
    // As Kubernetes makes an `emptyDir`.
    fs::remove_file(folder.join("lock")).unwrap();
    hand_over(folder, &user, &is_known).unwrap();
    assert_eq!(owner(folder), user.uid());
}
