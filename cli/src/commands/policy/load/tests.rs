use std::fs;

use super::*;

fn loader(cache: &Path) -> Loader {
    let remote = Remote::new(Cache::within(cache));
    Loader { remote, fetched: BTreeMap::new(), warnings: Vec::new() }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = loader(folder.path()).of_folder(&folder.path().join("a")).unwrap_err();
    format!("{error:#}")
}

#[test]
fn a_folder_without_a_policy_has_one_that_says_nothing() {
    let folder = folder(&[("a/b/depaudit.toml", "broken, and too deep to count")]);
    let policy = loader(folder.path()).of_folder(&folder.path().join("a")).unwrap();
    assert!(policy.files().is_empty());
}

#[test]
fn files_extend_each_other_and_the_central_one_comes_first() {
    let folder = folder(&[
        ("a/depaudit.toml", "extends = '../team.toml'\n"),
        ("team.toml", "extends = 'central/all.toml'\n"),
        ("central/all.toml", ""),
    ]);
    let policy = loader(folder.path()).of_folder(&folder.path().join("a")).unwrap();
    let names: Vec<_> = policy.files().iter().map(PolicyFile::origin).collect();
    assert!(names[0].ends_with("a/../central/all.toml"), "{names:?}");
    assert!(names[2].ends_with("a/depaudit.toml"), "{names:?}");
}

#[test]
fn circles_and_long_chains_are_refused() {
    let circle = refused(&[
        ("a/depaudit.toml", "extends = '../x.toml'\n"),
        ("x.toml", "extends = 'a/depaudit.toml'\n"),
    ]);
    assert!(circle.contains("in a circle"), "{circle}");
    let long = refused(&[
        ("a/depaudit.toml", "extends = '1.toml'\n"),
        ("a/1.toml", "extends = '2.toml'\n"),
        ("a/2.toml", "extends = '3.toml'\n"),
        ("a/3.toml", "extends = '4.toml'\n"),
        ("a/4.toml", ""),
    ]);
    assert!(long.contains("3.toml:1:11: more than 4 policies"), "{long}");
}

#[test]
fn a_broken_policy_is_refused_with_its_place() {
    let broken = refused(&[("a/depaudit.toml", "[levels]\nOVR99 = 'deny'\n")]);
    assert!(broken.contains("depaudit.toml:2:1: no rule or group is called `OVR99`"), "{broken}");
    let gone = refused(&[("a/depaudit.toml", "extends = '../gone.toml'\n")]);
    assert!(gone.contains("depaudit.toml:1:11 extends: cannot read the policy"), "{gone}");
}

#[test]
fn bad_input_39_a_policy_beyond_the_bound_is_not_taken_in() {
    let folder = folder(&[("a/x", "")]);
    let path = folder.path().join("a/depaudit.toml");
    fs::File::create(&path).unwrap().set_len(200 << 20).unwrap();
    let error = loader(folder.path()).of_folder(&folder.path().join("a")).unwrap_err();
    assert!(format!("{error:#}").contains("more than"), "{error:#}");
}

#[test]
fn bad_input_42_a_policy_is_not_read_through_a_link_that_leads_out() {
    let folder = folder(&[("a/x", ""), ("secret.toml", "internal-packages = ['canary']")]);
    let link = folder.path().join("a/depaudit.toml");
    std::os::unix::fs::symlink(folder.path().join("secret.toml"), link).unwrap();
    let error = loader(folder.path()).of_folder(&folder.path().join("a")).unwrap_err();
    assert!(format!("{error:#}").contains("leads out"), "{error:#}");
}

#[test]
fn an_address_is_named_without_its_query() {
    let link = Link::try_from("https://e.org/p.toml?token=canary".to_owned()).unwrap();
    assert_eq!(shown(&Origin::Address(link)), "https://e.org/p.toml");
}
