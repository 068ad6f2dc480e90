# For each name on standard input, prints what bash-completion has loaded for it when it is first
# completed.
export BASH_COMPLETION_USER_DIR=$HOME/bash-completion
mkdir -p "$BASH_COMPLETION_USER_DIR"
ln -sfn /workspace/dist/completions/bash "$BASH_COMPLETION_USER_DIR/completions"
source /usr/share/bash-completion/bash_completion
while read -r name; do
    complete -r "$name" 2>/dev/null
    _completion_loader "$name"
    complete -p "$name"
done
