#!/usr/bin/perl
# Copies Lua's sources and applies retrofit.edits (its head describes the format) to the copy.
#
#     retrofit.pl [--edits FILE] SOURCE-DIR TARGET-DIR
#
# The edits hang on pieces of code, not on line numbers, so that one list serves Lua 5.4.0 to 5.4.9.
# An anchor that is missing or found twice is an error that names the file, the edit and the anchor;
# then nothing is written. A hint without a place is left out, with a message. Files whose content
# stays the same are not touched. TARGET-DIR also gets retrofit.diff, the change as a patch, and
# retrofit.count, the number of changed lines per file and in total; a replaced line counts as one.
# Needs perl-base and diff only.
use strict;
use warnings;

my $edits_file = $0;
$edits_file =~ s/[^\/]*$/retrofit.edits/;
if (@ARGV == 4 && $ARGV[0] eq '--edits') {
    (undef, $edits_file) = splice(@ARGV, 0, 2);
}
die "usage: retrofit.pl [--edits FILE] SOURCE-DIR TARGET-DIR\n" if @ARGV != 2;
my ($source, $target) = @ARGV;

sub fail {
    die "retrofit.pl: ", @_, "\n";
}

sub read_file {
    my ($name) = @_;
    open(my $in, '<:raw', $name) or fail("$name: $!");
    local $/;
    my $text = <$in>;
    return $text;
}

sub write_if_changed {
    my ($name, $text) = @_;
    return if -f $name && read_file($name) eq $text;
    open(my $out, '>:raw', $name) or fail("$name: $!");
    print $out $text;
    close($out) or fail("$name: $!");
}

# The list of edits: hashes with file, what, and the keys of the format. The ways to place one hint,
# separated by `or`, share a note whether it has a place.
sub parse_edits {
    my ($file, @edits);
    my $line = 0;
    foreach (split /\n/, read_file($edits_file)) {
        $line++;
        next if /^\s*(#|$)/ && !/^\s*\|/;
        if (/^file\s+(\S+)$/) {
            $file = $1;
        } elsif (/^edit\s+(.+)$/ && defined $file) {
            push @edits, { file => $file, what => $1, insert => '' };
        } elsif (/^hint\s+(.+)$/ && defined $file) {
            my $placed = 0;
            push @edits, { file => $file, what => $1, insert => '', hint => \$placed };
        } elsif (/^\s+or$/ && @edits && $edits[-1]{hint}) {
            my %other = map { $_ => $edits[-1]{$_} } qw(file what insert hint);
            push @edits, \%other;
        } elsif (/^\s+\|(?: (.*))?$/ && @edits) {
            $edits[-1]{insert} .= ($1 // '') . "\n";
        } elsif (/^\s+(within|until|before|after|replace|with)\s+(.+)$/ && @edits) {
            $edits[-1]{$1} = $2;
        } else {
            fail("$edits_file:$line: not understood: $_");
        }
    }
    foreach my $edit (@edits) {
        my $places = grep { defined $edit->{$_} } qw(before after replace);
        fail("$edits_file: edit '$edit->{what}' needs one of before, after, replace") if $places != 1;
    }
    return @edits;
}

# A pattern for a piece of code, tolerant of what lies between its tokens.
sub pattern {
    my ($anchor) = @_;
    my $between = '(?:\s|\\\\\r?\n|/\*.*?\*/)';
    my @tokens = $anchor =~ /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\w+|\*\/|->|[^\s\w]/g;
    my $pattern = '';
    my $last = '';
    foreach my $token (@tokens) {
        if ($last ne '') {
            $pattern .= $between . ($last =~ /\w$/ && $token =~ /^\w/ ? '+?' : '*?');
        }
        my $quoted = quotemeta($token);
        $quoted =~ s/(?:\\ )+/ +/g;    # spaces inside a string: as many as you like
        $pattern .= $quoted;
        $last = $token;
    }
    my $head = $tokens[0] =~ /^\w/ ? '(?<!\w)' : '';
    my $tail = $last =~ /\w$/ ? '(?!\w)' : '';
    return qr/$head$pattern$tail/s;
}

# Start and end of the only match of an anchor in $text between two offsets.
sub find_once {
    my ($edit, $text, $anchor, $from, $to) = @_;
    my $part = substr($text, $from, $to - $from);
    my $pattern = pattern($anchor);
    my @found;
    while ($part =~ /$pattern/g) {
        push @found, [ $from + $-[0], $from + $+[0] ];
    }
    return @{ $found[0] } if @found == 1;
    fail("$source/$edit->{file}: ",
        @found ? 'found ' . @found . ' times instead of once' : 'not found', ": $anchor\n",
        "  (needed for the edit '$edit->{what}'",
        defined $edit->{within} ? ", looked for in: $edit->{within}" : '', ")\n",
        "  Are these the sources of Lua 5.4.0 to 5.4.9?");
}

# Returns the text with one edit made.
sub apply {
    my ($edit, $text) = @_;
    my ($from, $to) = (0, length $text);
    if (defined $edit->{within}) {
        (undef, $from) = find_once($edit, $text, $edit->{within}, 0, $to);
        my $end = defined $edit->{until} ? pattern($edit->{until}) : qr/^\}/m;
        my $rest = substr($text, $from);
        $rest =~ $end
            or fail("$source/$edit->{file}: no end of the part that begins with: $edit->{within}");
        $to = $from + $-[0];
    }
    if (defined $edit->{replace}) {
        my ($start, $end) = find_once($edit, $text, $edit->{replace}, $from, $to);
        substr($text, $start, $end - $start) = $edit->{with};
    } elsif (defined $edit->{before}) {
        my ($start) = find_once($edit, $text, $edit->{before}, $from, $to);
        substr($text, rindex($text, "\n", $start) + 1, 0) = $edit->{insert};
    } else {
        my (undef, $end) = find_once($edit, $text, $edit->{after}, $from, $to);
        my $line_end = index($text, "\n", $end);
        fail("$source/$edit->{file}: no line behind: $edit->{after}") if $line_end < 0;
        substr($text, $line_end + 1, 0) = $edit->{insert};
    }
    return $text;
}

# Changed lines between two files: per place, the larger of the lines removed and the lines added.
sub count_changes {
    my ($old, $new) = @_;
    open(my $diff, '-|', 'diff', $old, $new) or fail("diff: $!");
    my $count = 0;
    while (<$diff>) {
        next unless /^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$/;
        my $removed = $3 eq 'a' ? 0 : ($2 // $1) - $1 + 1;
        my $added = $3 eq 'd' ? 0 : ($5 // $4) - $4 + 1;
        $count += $removed > $added ? $removed : $added;
    }
    close($diff);
    return $count;
}

my @edits = parse_edits();
opendir(my $dir, $source) or fail("$source: $!");
my @names = sort grep { /\.[ch]$/ } readdir($dir);
closedir($dir);
my %text = map { $_ => read_file("$source/$_") } @names;
my %edited;
foreach my $edit (@edits) {
    my $name = $edit->{file};
    fail("$source/$name: no such file (needed for the edit '$edit->{what}')")
        unless defined $text{$name};
    if ($edit->{hint}) {
        next if ${ $edit->{hint} } || $text{$name} !~ pattern($edit->{replace});
        ${ $edit->{hint} } = 1;
    }
    $text{$name} = apply($edit, $text{$name});
    $edited{$name} = 1;
}
foreach my $edit (grep { $_->{hint} } @edits) {
    next if ${ $edit->{hint} }++;
    print "retrofit.pl: slower: no place in $edit->{file} for the hint '$edit->{what}'\n";
}

-d $target or mkdir($target) or fail("$target: $!");
write_if_changed("$target/$_", $text{$_}) foreach @names;
my ($total, $report, $patch) = (0, '', '');
foreach my $name (sort keys %edited) {
    my $count = count_changes("$source/$name", "$target/$name");
    $total += $count;
    $report .= sprintf("%-10s %3d\n", $name, $count);
    open(my $diff, '-|', 'diff', '-u', '--label', "a/src/$name", '--label', "b/src/$name",
        "$source/$name", "$target/$name")
        or fail("diff: $!");
    local $/;
    $patch .= <$diff>;
}
$report .= sprintf("%-10s %3d\n", 'total', $total);
write_if_changed("$target/retrofit.diff", $patch);
write_if_changed("$target/retrofit.count", $report);
print "retrofit.pl: $total lines of Lua's sources changed\n";
