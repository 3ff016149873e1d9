import Foundation

/// Asks amavisd's own lookup modules, configured by the file Postern prints. Needs root, like amavisd itself.
package struct AmavisdLookup: Sendable {
    package static let isInstalled = isInstalled(with: "DBD::SQLite")

    /// Whether amavisd is there, and Perl's driver of a database. Nothing but a failing start tells that a module is
    /// missing.
    package static func isInstalled(with driver: String) -> Bool {
        (try? Program.run("/usr/bin/perl", ["-MAmavis::Boot", "-M\(driver)", "-e1"]))?.status == 0
    }

    private let snippet: String
    private let user: ProcessUser?

    /// - Parameters:
    ///   - snippet: path of the printed `50-postern`; owned by root, as amavisd demands.
    ///   - user: as whom amavisd reads; needs root.
    package init(snippet: String, as user: ProcessUser? = nil) {
        self.snippet = snippet
        self.user = user
    }

    /// The columns of `policy` that hold for a recipient, after amavisd merged its scopes. A column that no scope sets
    /// is absent.
    package func policy(of recipient: String) throws -> [String: String] {
        try answer(for: recipient, sender: "").policy
    }

    /// How a recipient's white/blacklists judge a sender: `W`, `B`, or nil.
    package func judgement(of sender: String, for recipient: String) throws -> String? {
        try answer(for: recipient, sender: sender).judgement
    }

    private struct Answer: Decodable {
        let policy: [String: String]
        let judgement: String?
    }

    private func answer(for recipient: String, sender: String) throws -> Answer {
        let result = try Program.run(
            "/usr/bin/perl", ["-T", "-e", Self.script, snippet, recipient, sender], as: user)
        guard result.status == 0 else { throw Program.Failure(description: result.errorOutput) }
        return try JSONDecoder().decode(Answer.self, from: Data(result.output.utf8))
    }

    /// amavisd's modules untaint nothing given on the command line, hence the pattern match.
    private static let script = #"""
        use strict; use warnings; use JSON::PP;
        use Amavis::Boot; use Amavis::Conf; use Amavis::Util; use Amavis::Out::SQL::Connection;
        use Amavis::Lookup; use Amavis::Lookup::SQL; use Amavis::Lookup::SQLfield;
        my ($snippet, $recipient, $sender) = map { /^(.*)\z/s ? $1 : '' } @ARGV;
        Amavis::Conf::include_config_files($snippet);
        Amavis::Conf::supply_after_defaults();
        %Amavis::Conf::current_policy_bank = %{$Amavis::Conf::policy_bank{''}};
        my $connection = Amavis::Out::SQL::Connection->new(@Amavis::Conf::lookup_sql_dsn);
        my $policies = Amavis::Lookup::SQL->new($connection, 'sel_policy');
        my $rows = $policies->lookup_sql($recipient, 1);
        my (%policy, $judgement);
        for my $column (map { keys %$_ } @$rows) {
          next if $column =~ /^(?:id|priority|policy_id|policy_name|email|fullname|local)\z/;
          my $field = Amavis::Lookup::SQLfield->new($policies, $column, 'S-');
          my $value = $field->lookup_sql_field($recipient, 0);
          $policy{$column} = "$value" if defined $value;
        }
        my $lists = Amavis::Lookup::SQL->new($connection, 'sel_wblist');
        for my $row (@$rows) {
          last if defined $judgement || $sender eq '';
          $judgement = Amavis::Lookup::SQLfield->new($lists, 'wb', 'S', $row->{id})->lookup_sql_field($sender, 0);
        }
        print encode_json({policy => \%policy, judgement => $judgement});
        """#
}
