//! The configuration that is packaged, checked before it leaves.

use std::path::Path;

use anyhow::{Result, anyhow};
use gatelet_core::config::Platform;
use gatelet_native::config::{Places, load};

/// Says everything that is wrong with it, in the words of `gatelet check`. The secrets are in the platform's hands, not
/// here: any name may be one of theirs.
pub(crate) fn check(path: &Path, platform: Platform) -> Result<()> {
    let places = Places { flag: Some(path.to_owned()), ..Places::default() };
    let checked = load(&places, platform, &|_| Some("unknown-here".to_owned())).settings;
    checked.map(drop).map_err(|faults| anyhow!("the configuration does not hold\n{faults}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_does_not_hold_is_told_with_its_line() {
        let folder = std::env::temp_dir().join(format!("gatelet-configuration-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("gatelet.toml");
        let said = |toml: &str| {
            fs::write(&file, toml).unwrap();
            check(&file, Platform::Workers)
                .map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
        };
        // A secret that is not set here is no mistake, one that is written down is.
        assert_eq!(said("open = true\n[providers.openai]\napi_key = \"${NOT_HERE}\"\n"), Ok(()));
        let error = said("open = true\n[providers.openai]\napi_key = \"sk-canary\"\n").unwrap_err();
        assert!(error.contains("FILE:3: providers.openai.api_key: a secret is not written"), "{error}");
        assert!(!error.contains("canary"), "{error}");
        let error = said("[providers.openai]\napi_kee = \"${OPENAI_API_KEY}\"\n").unwrap_err();
        assert!(error.contains("FILE:2: ") && error.contains("api_kee"), "{error}");
        // As on the platform, nobody is served without keys.
        let error = said("[providers.openai]\napi_key = \"${OPENAI_API_KEY}\"\n").unwrap_err();
        assert!(error.contains("no client keys"), "{error}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
