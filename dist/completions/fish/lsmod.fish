# Completion of lsmod for fish.

complete -c lsmod -f
complete -c lsmod -s s -l syslog -d 'Messages to syslog'
complete -c lsmod -s v -l verbose -d 'More messages'
complete -c lsmod -s V -l version -d 'Print the version'
complete -c lsmod -s h -l help -d 'Print a summary of the options'
