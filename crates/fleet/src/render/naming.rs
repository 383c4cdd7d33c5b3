//! Names of the spec as machines take them: small letters, digits and hyphens.

/// A letter without its accent, small; nothing of what is neither letter nor digit.
pub(super) fn plain(letter: char) -> Option<char> {
    let small = letter.to_lowercase().next().unwrap_or(letter);
    Some(match small {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other if other.is_ascii_alphanumeric() => other,
        _ => return None,
    })
}

/// A text as a label of a host name, of at most so many letters; empty where nothing of it can stand in one.
pub(super) fn label(text: &str, most: usize) -> String {
    let mut label = String::new();
    for letter in text.chars() {
        match plain(letter) {
            Some(letter) => label.push(letter),
            None if label.ends_with('-') || label.is_empty() => {}
            None => label.push('-'),
        }
        if label.len() >= most {
            break;
        }
    }
    label.trim_end_matches('-').to_owned()
}
