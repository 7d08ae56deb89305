//! Laws of lengths of time in documents: read, then checked.

use crate::base::diagnostics::{Code, Diagnostics};
use crate::base::dist::Law;
use crate::base::dist::text::SpanLaw;
use crate::base::document::Located;

/// The law a text stands for, in seconds; parameters that define no law are reported and give `None`.
pub fn law(text: &Located<SpanLaw>, errors: &mut Diagnostics) -> Option<Law> {
    if let Some(why) = text.misspelt() {
        errors.error(Code::BadLaw, text.place, why);
        return None;
    }
    let law = text.law();
    match law.check() {
        Ok(()) => Some(law),
        Err(error) => {
            errors.error(Code::BadLaw, text.place, error.to_string());
            None
        }
    }
}
