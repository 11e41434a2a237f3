//! `template.yaml` under cfn-lint: as it is, and as the CloudFormation that SAM makes of it. SAM's own resources are
//! not checked value by value in the first form (`InvokeMode: NONSENSE` passes there), only in the second.

use std::fs;

use anyhow::{Context, Result};

use super::outcome::Outcome;
use crate::{places, process, setup};

pub(crate) fn run() -> Result<Outcome> {
    let template = places::root().join("template.yaml");
    let python = setup::python::ready()?;
    let mut passed = 0;

    let mut lint = python.program("cfn-lint")?;
    passed += usize::from(process::watch(lint.arg(&template).env("AWS_DEFAULT_REGION", "us-east-1"), |_| ())?);

    let mut expand = python.program("python")?;
    expand
        .arg(places::root().join("xtask/tools/expand_template.py"))
        .arg(&template)
        .env("AWS_DEFAULT_REGION", "us-east-1");
    let expanded = process::read(&mut expand).context("SAM cannot expand template.yaml")?;
    let file = places::target().join("template-expanded.json");
    fs::write(&file, expanded)?;
    let mut lint = python.program("cfn-lint")?;
    passed += usize::from(process::watch(lint.arg(&file).env("AWS_DEFAULT_REGION", "us-east-1"), |_| ())?);
    Ok(Outcome::suite(passed, 2 - passed, 0, true))
}
