.include "constants.s"
