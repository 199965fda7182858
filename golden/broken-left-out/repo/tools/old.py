print "numbers"
