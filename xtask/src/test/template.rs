//! `template.yaml` under cfn-lint: as it is, and as the CloudFormation that SAM makes of it. SAM's own resources are
//! not checked value by value in the first form (`InvokeMode: NONSENSE` passes there), only in the second.

use std::fs;

use anyhow::{Context, Result};

use super::outcome::Outcome;
use crate::{places, process, setup};

/// Expands a SAM template with the library that SAM uses. Managed policies are named by their usual address, which
/// spares the question to an account.
const EXPAND: &str = "\
import json, sys
from cfnlint.decode.cfn_yaml import load
from samtranslator.translator.transform import transform

class Policies:
    def load(self):
        return {}

template = load(sys.argv[1])
print(json.dumps(transform(json.loads(json.dumps(template)), {}, Policies()), indent=1))
";

pub(crate) fn run() -> Result<Outcome> {
    let template = places::root().join("template.yaml");
    let python = setup::python::ready()?;
    let mut passed = 0;

    let mut lint = python.program("cfn-lint")?;
    passed += usize::from(process::watch(lint.arg(&template).env("AWS_DEFAULT_REGION", "us-east-1"), |_| ())?);

    let mut expand = python.program("python")?;
    expand.args(["-c", EXPAND]).arg(&template).env("AWS_DEFAULT_REGION", "us-east-1");
    let expanded = process::read(&mut expand).context("SAM cannot expand template.yaml")?;
    let file = places::target().join("template-expanded.json");
    fs::write(&file, expanded)?;
    let mut lint = python.program("cfn-lint")?;
    passed += usize::from(process::watch(lint.arg(&file).env("AWS_DEFAULT_REGION", "us-east-1"), |_| ())?);
    Ok(Outcome::suite(passed, 2 - passed, 0, true))
}
