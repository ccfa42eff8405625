"""Where papers come from: OpenReview, sites that need no login, and files the user already has.

`run` fetches the years of a venue. `year_sources` decides which sources list a year and have its
PDFs, with a login and without. `source` has the two roles of a source: to list a year, and to have
its PDFs. OpenReview (`openreview/`), proceedings (`proceedings/`), PMLR (`pmlr/`) and the virtual
conferences (`virtual`) are sources; those without a login share `open_site`. All other modules here
serve every source. Files that the user has are read by `local/`, clones of PMLR by `pmlr/clone`.
"""
