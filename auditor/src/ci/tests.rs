//! What each kind of file says, and where.

use super::*;

/// Variables as `line: name`, commands as `line: words`.
fn read(path: &str, text: &str) -> Vec<String> {
    let path = RepoPath::root().join(path).unwrap();
    let kind = CiKind::of(&path.folder(), path.name()).unwrap();
    let file = CiFile::parse(&path, kind, text).unwrap();
    let variables = file.variables.iter().map(|it| format!("{}: {}", it.span.line, it.name));
    let commands =
        file.commands.iter().map(|it| format!("{}: {}", it.span.line, it.words.join(" ")));
    variables.chain(commands).collect()
}

#[test]
fn a_github_workflow() {
    let text = "\
env: {CARGO_REGISTRIES_A_INDEX: https://a.example/, CARGO_TERM_COLOR: always}
jobs:
  build:
    env:
      RUSTC_WRAPPER: sccache
    steps:
      - name: cargo never
      - uses: x/y@v1
        with: {command: build}
      - run: |
          # cargo commented
          cargo build --locked \\
            -p a
          echo \"CARGO_REGISTRIES_B_INDEX=x\" >> \"$GITHUB_ENV\"
          VERSION=${{ matrix.a || 'x' }} cargo test
      - run: >-
          cargo
          check
      - run: \"cargo doc --config 'a=\\\"b\\\"'\"
";
    assert_eq!(
        read(".github/workflows/ci.yml", text),
        [
            "1: CARGO_REGISTRIES_A_INDEX",
            "5: RUSTC_WRAPPER",
            "14: CARGO_REGISTRIES_B_INDEX",
            "12: build --locked -p a",
            "15: test",
            "17: check",
            "19: doc --config a=\"b\"",
        ]
    );
}

#[test]
fn gitlab_azure_circleci_and_buildkite() {
    let gitlab = "\
variables:
  CARGO_REGISTRIES_A_INDEX: {value: x, description: y}
build:
  script:
    - cargo build
    - [\"cargo test\", cargo doc]
";
    let expected = ["2: CARGO_REGISTRIES_A_INDEX", "5: build", "6: test", "6: doc"];
    assert_eq!(read(".gitlab-ci.yml", gitlab), expected);
    let azure = "steps:\n- script: cargo build\n- bash: |\n    cd x && cargo test\n";
    assert_eq!(read("azure-pipelines.yml", azure), ["2: build", "4: test"]);
    let circle = "jobs:\n  a:\n    steps:\n      - run: cargo build\n      - run: {name: cargo x, command: cargo test}\n";
    assert_eq!(read(".circleci/config.yml", circle), ["4: build", "5: test"]);
    let buildkite = "steps:\n  - command: cargo build\n    plugins:\n      - docker#v5:\n          environment:\n            - CARGO_REGISTRIES_A_INDEX=x\n";
    let expected = ["6: CARGO_REGISTRIES_A_INDEX", "2: build"];
    assert_eq!(read(".buildkite/pipeline.yml", buildkite), expected);
}

#[test]
fn a_container_file() {
    let text = "\
FROM rust AS cargo
ARG CARGO_REGISTRIES_A_INDEX
ENV CARGO_REGISTRIES_B_INDEX=x \\
    CARGO_SOURCE_crates-io_REGISTRY=y
ENV CARGO_REGISTRIES_C_INDEX z
RUN --mount=type=cache,target=/x cargo build && \\
    # between
    cargo test
RUN <<EOF
cargo check
EOF
CMD [\"cargo\", \"run\"]
";
    assert_eq!(
        read("Dockerfile", text),
        [
            "3: CARGO_REGISTRIES_B_INDEX",
            "4: CARGO_SOURCE_crates-io_REGISTRY",
            "5: CARGO_REGISTRIES_C_INDEX",
            "6: build",
            "8: test",
            "10: check",
            "12: run",
        ]
    );
}

#[test]
fn makefiles_and_justfiles() {
    let make = "\
export CARGO_REGISTRIES_A_INDEX ?= x
build: export CARGO_REGISTRIES_B_INDEX := y
build: cargo
\t@$(CARGO) build
\t-cd x; cargo test
";
    let expected =
        ["1: CARGO_REGISTRIES_A_INDEX", "2: CARGO_REGISTRIES_B_INDEX", "4: build", "5: test"];
    assert_eq!(read("Makefile", make), expected);
    let just =
        "export CARGO_REGISTRIES_A_INDEX := \"x\"\nbuild *args:\n    cargo build {{ args }}\n";
    assert_eq!(read("justfile", just), ["1: CARGO_REGISTRIES_A_INDEX", "3: build {{ args }}"]);
}

#[test]
fn a_jenkinsfile() {
    let text = "\
pipeline {
  environment { // cargo 'x'
    CARGO_REGISTRIES_A_INDEX = 'https://a.example/'
  }
  steps {
    sh 'cargo build'
    sh \"\"\"
      set -e
      cargo test --message \\\"x\\\"
    \"\"\"
    withEnv(['CARGO_REGISTRIES_B_INDEX=y']) { echo 'cargo' }
  }
}
";
    assert_eq!(
        read("Jenkinsfile", text)[..4],
        [
            "3: CARGO_REGISTRIES_A_INDEX",
            "11: CARGO_REGISTRIES_B_INDEX",
            "6: build",
            "9: test --message \"x\""
        ]
    );
}

#[test]
fn a_shell_script() {
    let text = "\
#!/bin/sh
export CARGO_REGISTRIES_A_INDEX=\"https://a.example/\"
if command -v cargo; then env CARGO_SOURCE_alt_REGISTRY=x cargo build; fi
apt-get install cargo
echo CARGO_REGISTRIES_B_INDEX=x
version=$(cargo metadata --offline | jq .)
docker run -e CARGO_REGISTRIES_C_INDEX=z image cargo test
time ~/.cargo/bin/cargo 'run' -- 'a b'
";
    assert_eq!(
        read("x.sh", text),
        [
            "2: CARGO_REGISTRIES_A_INDEX",
            "3: CARGO_SOURCE_alt_REGISTRY",
            "7: CARGO_REGISTRIES_C_INDEX",
            "3: build",
            "6: metadata --offline",
            "7: test",
            "8: run -- a b",
        ]
    );
}

#[test]
fn a_workflow_that_is_no_yaml_is_refused_with_its_place() {
    let path = RepoPath::root().join(".github/workflows/x.yml").unwrap();
    let error = CiFile::parse(&path, CiKind::Yaml, "a: cargo\n b: [\n").unwrap_err();
    assert!(error.message.starts_with("it is no YAML"), "{}", error.message);
    assert!(error.span.line >= 2, "{:?}", error.span);
}

#[test]
fn bad_input_41_deep_and_odd_texts_end() {
    let deep = format!("cargo: {}", "[".repeat(100_000));
    let aliases = format!("cargo: &a [x]\n{}", "b: [*a, *a, *a]\n".repeat(10_000));
    let quotes = format!("cargo {}", "'\"\\".repeat(100_000));
    let all = [CiKind::Yaml, CiKind::Jenkins, CiKind::Container, CiKind::Make, CiKind::Shell];
    for text in [&deep, &aliases, &quotes, "cargo \\", "cargo '", "cargo ${{", "ENV cargo="] {
        for kind in all {
            // Whether it parses does not matter, but that it comes back does.
            let parsed = CiFile::parse(&RepoPath::root(), kind, text);
            assert!(parsed.is_ok() || kind == CiKind::Yaml, "{kind:?}");
        }
    }
}

/// Lines at which a file writes Cargo's configuration.
fn written(path: &str, text: &str) -> Vec<u32> {
    let path = RepoPath::root().join(path).unwrap();
    let kind = CiKind::of(&path.folder(), path.name()).unwrap();
    let file = CiFile::parse(&path, kind, text).unwrap();
    let spots = file.blind_spots().filter(|spot| spot.kind == BlindSpotKind::WrittenConfig);
    spots.filter_map(|spot| spot.line).collect()
}

#[test]
fn configuration_that_is_written_at_run_time_is_a_blind_spot() {
    let script = "\
mkdir -p ~/.cargo && cat > ~/.cargo/config.toml <<'EOF'
[source.crates-io]
registry = 'https://mirror.example/'
EOF
printf 'paths = [\"x\"]\\n' >>\"$CARGO_HOME/config.toml\"
echo x | sudo tee -a ${CARGO_HOME:-$HOME/.cargo}/config.toml
cargo vendor > .cargo/config
cp ci/mirror.toml .cargo/config.toml
curl -o .cargo/config.toml https://mirror.example/config
";
    assert_eq!(written("build.sh", script), [1, 5, 6, 7, 8, 9]);
    let container = "\
FROM rust
COPY <<EOF /usr/local/cargo/config.toml
[source.crates-io]
EOF
RUN echo \"[net]\" > /opt/build/.cargo/config.toml
COPY ci/mirror.toml .cargo/config.toml
";
    assert_eq!(written("Dockerfile", container), [2, 5, 6]);
    let workflow = "jobs:\n  a:\n    steps:\n      - run: echo x >> ~/.cargo/config.toml\n";
    assert_eq!(written(".github/workflows/ci.yml", workflow), [4]);
}

#[test]
fn configuration_that_is_read_or_copied_is_no_blind_spot() {
    let script = "cat .cargo/config.toml > copy.toml\ncp .cargo/config.toml /tmp/config.toml\n\
                  cp .cargo/config.toml member/.cargo/config.toml\ncargo build > log/config.toml\n";
    assert_eq!(written("build.sh", script), Vec::<u32>::new());
    let copied = written("Dockerfile", "COPY .cargo/config.toml .cargo/config.toml\n");
    assert_eq!(copied, Vec::<u32>::new());
}

#[test]
fn a_script_within_a_script_is_read() {
    let text = "\
bash -euxc 'cargo build && FOO=1 CARGO_REGISTRIES_A_INDEX=x cargo test'
docker run image /bin/sh -c \"cargo install ripgrep\"
echo sh -c 'cargo never'
bash run.sh -c 'cargo never'
";
    assert_eq!(
        read("build.sh", text),
        ["1: CARGO_REGISTRIES_A_INDEX", "1: build", "1: test", "2: install ripgrep"]
    );
}
