# fish completion for numaplace
# Options, what they take and what they mean come from --help: there is no second list to keep.
# What an operand may be goes by its word there (NODES, CPUS, SIZE...). Behind the options stands a
# command, completed as its own.

# The command and what follows it up to the cursor, if it has begun before the word at the cursor.
function __numaplace_command
    set -l words (commandline -opc)[2..-1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case '--*=*'
            case '-*'
                contains -- $words[1] $__numaplace_with_operand
                and set -e words[1]
            case '*'
                break
        end
        set -e words[1]
    end
    string join -- \n $words
end

# The operand at the cursor, without its option and its quotes.
function __numaplace_word
    commandline -ot | string replace -r -- '^(--[^=]*=|-[A-Za-z])' ''
end

# Words that may stand behind the last comma.
function __numaplace_list
    set -l before (__numaplace_word | string match -r -- '.*,')
    string join -- \n "$before"$argv
end

# The numbers of a list of the kernel's: 0-3,8.
function __numaplace_ids
    for range in (string split , <$argv[1] 2>/dev/null)
        set -l ends (string split - $range)
        seq $ends[1] $ends[-1]
    end
end

# What stands behind a key, with the key.
function __numaplace_things
    set -l key (string replace -r -- ':.*' : $argv[1])
    set -l folder
    set -l names
    switch $key
        case netdev:
            set folder /sys/class/net
        case block:
            set folder /sys/class/block
        case pci:
            set folder /sys/bus/pci/devices
        case file:
            set names (__fish_complete_path (string replace file: '' $argv[1]))
        case pid:
            set names (__fish_complete_pids)
        case cpu:
            set names (__numaplace_ids /sys/devices/system/cpu/online)
        case node: near:
            set names (__numaplace_ids /sys/devices/system/node/online)
        case socket:
            set names (cat /sys/devices/system/cpu/cpu*/topology/physical_package_id | sort -nu)
        case gpu:
            set names 0 1 rank
        case core:
            set names 0 0-1 rank
        case free:
            set names /500m /4g /40g
    end
    test -n "$folder"
    and set names (command ls $folder 2>/dev/null)
    string join -- \n $key$names
end

# Ids and words of one kind, or things.
function __numaplace_places
    set -l word (__numaplace_word | string replace -r -- '.*,' '')
    if string match -q -- '*:*' $word
        __numaplace_list (__numaplace_things $word)
        return
    end
    switch $argv[1]
        case nodes
            __numaplace_list (__numaplace_ids /sys/devices/system/node/online) all same cpuless \
                best rank netdev: block: file: ip: pci: gpu: cpu: pid: tier: near: free:
        case cpus
            __numaplace_list (__numaplace_ids /sys/devices/system/cpu/online) all rank pcore \
                ecore isolated housekeeping node: socket: l3: core:
    end
end

function __numaplace_cgroups
    set -l before (__numaplace_word | string match -r -- '^(?:/sys/fs/cgroup)?/?')
    set -l word (__numaplace_word | string replace -r -- '^(/sys/fs/cgroup)?/?' '')
    set -l folders /sys/fs/cgroup/$word*/
    string join -- \n "$before"(string replace -- /sys/fs/cgroup/ '' $folders)
end

# Candidates for an operand, by its option and its word in --help.
function __numaplace_operand
    switch $argv[2]
        case NODE NODES
            __numaplace_places nodes
        case CPUS
            __numaplace_places cpus
        case PIDS
            __numaplace_list (__fish_complete_pids)
        case PATH
            __numaplace_cgroups
        case DIR
            __fish_complete_directories (__numaplace_word)
        case KINDS
            __numaplace_list heap stack anon file shared huge
        case WHEN
            string join \n auto always never
        case COLUMN
            string join \n total (__numaplace_ids /sys/devices/system/node/online)
        case WEIGHTS
            string join \n hmat measured auto
        case MODE
            string join \n 600 640 660 666
        case ID
            string join \n 0 1 2 3
        case N
            string join \n 1 2 4 8
        case MS
            string join \n 5 20 100
        case SIZE
            string join \n 4k 2m 100m 1g 4g
    end
end

set -g __numaplace_with_operand
complete -c numaplace -f
# What stands behind the options of a report on processes: their numbers and names, but for those that
# would be options.
function __numaplace_stat
    contains -- --stat (commandline -opc)
end
function __numaplace_processes
    __fish_complete_pids
    command cat /proc/*/comm 2>/dev/null | sort -u | string match -v -- '-*'
end
complete -c numaplace -n __numaplace_stat -a '(__numaplace_processes)'
complete -c numaplace -n 'not __numaplace_stat; and not __numaplace_command | string length -q' \
    -a '(__fish_complete_command)'
complete -c numaplace -n 'not __numaplace_stat; and __numaplace_command | string length -q' \
    -a '(complete -C (string join -- " " (__numaplace_command | string escape) (commandline -ct)))'
for line in (numaplace --help 2>/dev/null)
    set -l row (string match -r -- \
        '^  (?|-(.), |()    )--([a-z-]+)(?|=([A-Z]+)|()\[=[A-Z]+\]|()) +(\S.*)$' $line)
    or continue
    set -l option -c numaplace -n 'not __numaplace_command | string length -q' -l $row[3] -d $row[5]
    test -n "$row[2]"
    and set -a option -s $row[2]
    if test -n "$row[4]"
        set -a __numaplace_with_operand --$row[3]
        test -n "$row[2]"
        and set -a __numaplace_with_operand -$row[2]
    end
    switch "$row[3]=$row[4]"
        case '*='
            complete $option
        case 'file=*' 'shm=*'
            complete $option -r -F
        case '*'
            complete $option -x -a "(__numaplace_operand $row[3] $row[4])"
    end
end
