# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_canvass_global_optspecs
    string join \n demo= context= account= ou= tag= region= profile= hub-role= member-role= organization= partition= endpoint-url= concurrency= unit-timeout= deadline= pace= source= min-coverage= max-calls= max-cost= max-age= fresh cached config= o/output= color= no-pager trace= timing v/verbose h/help V/version
end

function __fish_canvass_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_canvass_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_canvass_using_subcommand
    set -l cmd (__fish_canvass_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c canvass -n "__fish_canvass_needs_command" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_needs_command" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_needs_command" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_needs_command" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_needs_command" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_needs_command" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_needs_command" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_needs_command" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_needs_command" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_needs_command" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_needs_command" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_needs_command" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_needs_command" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_needs_command" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_needs_command" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_needs_command" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_needs_command" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_needs_command" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_needs_command" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_needs_command" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_needs_command" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_needs_command" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_needs_command" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_needs_command" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_needs_command" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_needs_command" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_needs_command" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_needs_command" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_needs_command" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_needs_command" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_needs_command" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_needs_command" -s V -l version -d 'print the version'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "query" -d 'run one SELECT over every account in scope'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "tables" -d 'list the tables, or find those that match'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "inspect" -d 'show a table: its columns, the calls behind them, and example questions'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "accounts" -d 'list accounts and whether they can be asked'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "cache" -d 'show and clear the rows kept of earlier runs'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "history" -d 'show what was asked, how much answered, and what it cost'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "doctor" -d 'check credentials, roles, network, clock and cache, and say what to do'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "config" -d 'show the settings in force, or write a file to start from'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "trust" -d 'let a project\'s .canvass.yaml set endpoints, roles and profiles'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "demo" -d 'run the simulated organization'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "schema" -d 'print the JSON Schema (2020-12) of what a command prints with -o json'
complete -c canvass -n "__fish_canvass_needs_command" -f -a "completion" -d 'print a completion script for your shell'
complete -c canvass -n "__fish_canvass_using_subcommand query" -s f -l file -d 'read the statement from a file' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand query" -l arg -d 'value of a parameter of the statement: the first is $1, the next $2' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l watch -d 'ask again after this time, and again, and show what changed; tables are asked at the pace of their freshness' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand query" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand query" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand query" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand query" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand query" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand query" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand query" -l explain -d 'show the plan, its calls and its session policy; ask no account'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l notify-on-change -d 'ring the terminal\'s bell when something changed'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l retry-failed -d 'ask the last statement again: only what failed is asked, the rest comes from its kept rows'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand query" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand query" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand query" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and not __fish_seen_subcommand_from check" -a "check" -d 'check files of tables: every mistake with its place and what was probably meant'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand tables; and __fish_seen_subcommand_from check" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand inspect" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -f -a "list" -d 'list the accounts in scope (the default)'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -f -a "tree" -d 'show the organizational units and the accounts in them'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and not __fish_seen_subcommand_from list tree check" -f -a "check" -d 'ask each account in scope: role, regions, AWS Config'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from list" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from tree" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand accounts; and __fish_seen_subcommand_from check" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -f -a "ls" -d 'list what is kept of each table, and how old it is'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -f -a "clear" -d 'let go of kept rows: of all tables, or of those named'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and not __fish_seen_subcommand_from ls clear stats" -f -a "stats" -d 'show how large the cache is and how often it helped'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from ls" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l older-than -d 'only rows fetched longer ago than this' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l all -d 'also forget accounts, regions, sessions and the last statement'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from clear" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand cache; and __fish_seen_subcommand_from stats" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -f -a "list" -d 'list the statements asked last'
complete -c canvass -n "__fish_canvass_using_subcommand history; and not __fish_seen_subcommand_from list show" -f -a "show" -d 'show one statement whole'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l last -d 'how many' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from list" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l table -d 'these tables instead, by name or glob; \'*\' is every one, those that cost money too' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l report -d 'where the report goes [default: canvass-selftest.json]' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l all -d 'enter every account in scope, not a sample'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l selftest -d 'ask the most used tables in a few accounts, and write a report without anything of yours in it'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand doctor" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -f -a "show" -d 'show every setting\'s value'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -f -a "init" -d 'write a settings file with every setting in it, commented out'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -f -a "import" -d 'make contexts of Steampipe\'s connections, c7n-org\'s accounts and AWS profiles'
complete -c canvass -n "__fish_canvass_using_subcommand config; and not __fish_seen_subcommand_from show init import path" -f -a "path" -d 'show which settings files are read'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'say where each value comes from'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l reveal -d 'show secrets instead of ****'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l path -d 'write here instead of the user\'s settings file; - is stdout' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l force -d 'replace a file that exists'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l from -d 'the tool; without it, every one whose files are found' -r -f -a "steampipe\t''
c7n-org\t''
aws\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l write -d 'add the contexts to the settings file, and keep a copy of it as it was'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from import" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l revoke -d 'take trust back' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand trust" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l list -d 'list the trusted folders, and whether their file changed since'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand trust" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and not __fish_seen_subcommand_from serve" -f -a "serve" -d 'answer the AWS API of the demo organization on 127.0.0.1 until Ctrl-C'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l port -d 'port on 127.0.0.1; 0 takes a free one' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand demo; and __fish_seen_subcommand_from serve" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand schema" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand schema" -s h -l help -d 'print help; --help says more than -h'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l demo -d 'ask a simulated organization; knobs such as accounts=200,latency=50ms,seed=7 may follow' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l context -d 'use a named context of the settings' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l account -d 'only these accounts: id, name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l ou -d 'only accounts under these organizational units: id, name or path' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l tag -d 'only accounts with these tags; the value may be a glob' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l region -d 'only these regions: name or glob; \'!\' excludes' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l profile -d 'AWS profile that the credentials come from' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l hub-role -d 'role assumed first, in the account that manages the organization; \'none\' for none' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l member-role -d 'role assumed in every other account' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l organization -d 'where the list of accounts comes from' -r -f -a "auto\t''
organizations\t''
static\t''
identity_center\t''
current\t''"
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l partition -d 'aws, aws-cn, aws-us-gov or aws-eusc' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l endpoint-url -d 'endpoint for every service instead of AWS\'s' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l concurrency -d 'calls in flight at once' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l unit-timeout -d 'close an account and region that take longer' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l deadline -d 'answer with what is there once this time has passed' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l pace -d 'part of AWS\'s request quotas to use at most, 0.01 to 1, or off [default: 0.25]' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l source -d 'where rows come from; auto asks AWS Config where it knows enough and saves calls' -r -f -a "auto\t''
api\t''
config\t''"
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l min-coverage -d 'share of the accounts and regions asked that must answer for exit code 0 [default: 1]' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l max-calls -d 'refuse a statement that is expected to take more calls, and stop one that takes them' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l max-cost -d 'refuse a statement that is expected to cost more dollars, and stop one that costs them' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l max-age -d 'how old what an answer shows may be, kept rows and recorded configurations alike [default: by table]' -r
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l config -d 'settings file to read instead of the user\'s own' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand completion" -s o -l output -d 'form of the answer on stdout [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
markdown\t''
line\t''"
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l color -d 'colour on the terminal [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l trace -d 'write what was asked when, and what it waited for, to a file for Perfetto or chrome://tracing' -r -F
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l fresh -d 'ask again for what is kept of earlier runs: rows, the accounts, and the regions of each'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l cached -d 'ask nobody: answer from the rows kept of earlier runs, whatever their age'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l no-pager -d 'never show output that is taller than the screen in a pager'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -l timing -d 'say where the time went, on stderr and in the JSON'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -s v -l verbose -d 'say more of what is going on, on stderr; twice for every call'
complete -c canvass -n "__fish_canvass_using_subcommand completion" -s h -l help -d 'print help; --help says more than -h'
