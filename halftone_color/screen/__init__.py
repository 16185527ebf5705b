"""What kind of halftone a picture is: none, dots, ordered or stochastic; period and angle."""
