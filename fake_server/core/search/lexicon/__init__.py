"""Words of languages: stop words, irregular forms and common words, as data."""
