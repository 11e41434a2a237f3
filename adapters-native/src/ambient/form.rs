//! Parameters, as forms are sent.

use gatelet_core::wire::percent;

/// The parameters in `application/x-www-form-urlencoded`; their names hold nothing that would have to be escaped.
pub(super) fn write(parameters: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in parameters {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        percent::push_segment(&mut form, value);
    }
    form
}
