.org later   # error: this depends on the address of 'later', which is not known yet here at 6
later: . 1
