//! Flags.

use affiant::parse::sqlite::Views;
use affiant::report::Target;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLE: &str = "\
  affiant parse samples/android --output report
  affiant verify report samples/android";

/// Reads the extraction of a seized phone and swears to what it found: every value of its report can be walked back to its bytes.
#[derive(Debug, Parser)]
#[command(name = "affiant", version, before_help = EXAMPLE, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read an extraction and write a report into a new folder
    #[command(before_help = "  affiant parse extraction.zip --output report")]
    Parse(Box<ParseOptions>),
    /// Say what an extraction is, what of it would be read, what is encrypted or not understood
    #[command(before_help = "  affiant identify extraction.zip")]
    Identify(IdentifyOptions),
    /// Hold a report against its evidence: hashes, and every record made again from its bytes
    #[command(before_help = "  affiant verify report extraction.zip")]
    Verify(VerifyOptions),
    /// Sign a report and have it stamped: minisign and RFC 3161, over its hash list
    #[command(before_help = "  affiant seal report --key lab.key")]
    Seal(SealOptions),
    /// Draft the annex by which a person certifies a report: FRE 902(13)/(14), England and Wales
    #[command(before_help = "  affiant certificate report --output annex.md")]
    Certificate(CertificateOptions),
    /// Hold two reports against each other, or a report against a ground-truth sheet or another tool's output
    #[command(before_help = "  affiant compare report truth.csv --output comparison.json")]
    Compare(CompareOptions),
    /// Walk from one record down to its bytes, with the commands by which anyone can repeat it
    #[command(before_help = "  affiant explain report message-5f0c0a1b2c3d4e5f extraction.zip")]
    Explain(ExplainOptions),
    /// Take one file apart: header, schema, rows; of a database any page or byte, field by field with hex
    #[command(before_help = "  affiant inspect mmssms.db --dump --table sms")]
    Inspect(InspectOptions),
    /// Write a report in the formats that other tools load, into a new folder
    #[command(before_help = "  affiant export report --to xlsx --to timesketch --output for-others")]
    Export(ExportOptions),
    /// Make the schedule that a court gets: PDF/A, workbook and slice of what is selected, into a new folder
    #[command(
        before_help = "  affiant exhibit report --select 'service = sms and time >= 2023-11-14' --label AB1 --bates AB0001 --output AB1"
    )]
    Exhibit(ExhibitOptions),
    /// List, show and check artifact definitions
    #[command(before_help = "  affiant formats list")]
    Formats(FormatsOptions),
    /// Print the JSON Schema of a report
    Schema {
        /// Print kinds of records and their fields instead, for writing definitions
        #[arg(long)]
        kinds: bool,
    },
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What the examiner has to open what is encrypted. Never a password itself: a command line is seen by others.
#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    /// Keys and passwords, by the files that they open (see docs/keys.md)
    #[arg(long = "keys", value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,
    /// The password of the evidence itself: the first line of a file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The password of the evidence itself: the value of an environment variable
    #[arg(long, value_name = "VAR", conflicts_with = "password_file")]
    pub(crate) password_env: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContentChoice {
    /// Bodies and subjects of messages as they are
    Full,
    /// Their SHA-256 alone
    Hash,
    /// Nothing of them: metadata only
    Omit,
}

#[derive(Debug, Args)]
pub(crate) struct ParseOptions {
    /// The extraction: a folder, a zip, or one file
    pub(crate) evidence: PathBuf,
    /// A folder that does not exist yet
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Only these definitions (`android.whatsapp`, or `android` for all of them)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Only these kinds of records (`message,call`)
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) kinds: Vec<String>,
    /// More definitions, from a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) formats: Option<PathBuf>,
    /// How much of messages is reported
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) content: ContentChoice,
    /// Only messages and calls from this moment on (UTC: 2023-11-14 or 2023-11-14T22:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Only messages and calls before this moment (UTC)
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Also MD5 of every file read
    #[arg(long)]
    pub(crate) md5: bool,
    /// Also SHA-1 of every file read
    #[arg(long)]
    pub(crate) sha1: bool,
    /// Hash every file of the evidence, not only those read
    #[arg(long)]
    pub(crate) hash_all: bool,
    /// Only rows of these views: live, wal, wal-old, uncommitted, main, journal, journal-old, freelist, freeblock, unallocated,
    /// unreachable
    #[arg(long, value_name = "VIEWS", default_value = "all")]
    pub(crate) views: Views,
    /// Threads; the report does not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Nothing on stderr but errors
    #[arg(short, long, conflicts_with = "log_json")]
    pub(crate) quiet: bool,
    /// Progress on stderr as JSON Lines, for pipelines
    #[arg(long)]
    pub(crate) log_json: bool,
    #[command(flatten)]
    pub(crate) case: CaseOptions,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}

/// What the examiner says of the case: echoed in the report, in run.json and in bag-info.txt.
#[derive(Debug, Args)]
pub(crate) struct CaseOptions {
    /// The case, by name or number
    #[arg(long, value_name = "NAME")]
    pub(crate) case: Option<String>,
    /// The label of the exhibit that the evidence is (`AB1`)
    #[arg(long, value_name = "LABEL")]
    pub(crate) exhibit: Option<String>,
    /// Who runs this
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// By what right: a warrant, a consent, an order
    #[arg(long, value_name = "TEXT")]
    pub(crate) authority: Option<String>,
    /// These four from a TOML file (`case`, `exhibit`, `operator`, `authority`); flags go before it
    #[arg(long, value_name = "FILE")]
    pub(crate) case_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct IdentifyOptions {
    /// The extraction
    pub(crate) evidence: PathBuf,
    /// More definitions, from a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) formats: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// The extraction; without it only hash list, signature and time stamp are checked
    pub(crate) evidence: Option<PathBuf>,
    /// The definitions that were added to the run, from a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) formats: Option<PathBuf>,
    /// The public key by which the report must be signed, as minisign writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").args(["key", "new_key", "tsq", "tsr"]).required(true).multiple(true))]
pub(crate) struct SealOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// Sign with this secret key of minisign
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Make a pair of keys, FILE and the public one beside it (.pub), and sign with it
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(crate) new_key: Option<PathBuf>,
    /// The password of the secret key: the first line of a file; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The new secret key has no password
    #[arg(long, requires = "new_key", conflicts_with = "password_file")]
    pub(crate) no_password: bool,
    /// Write a time-stamp request (RFC 3161), to be carried to an authority
    #[arg(long, value_name = "FILE")]
    pub(crate) tsq: Option<PathBuf>,
    /// Attach the authority's answer, where it is one over this report
    #[arg(long, value_name = "FILE")]
    pub(crate) tsr: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CertificateForm {
    /// United States: Federal Rules of Evidence 902(13) and 902(14)
    Us,
    /// England and Wales: technical annex to a witness statement
    Uk,
}

#[derive(Debug, Args)]
pub(crate) struct CertificateOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// A file that does not exist yet; - for stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// For which court; without it, a form for each
    #[arg(long, value_enum)]
    pub(crate) form: Option<CertificateForm>,
    /// The public key by which the report must be signed
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareOptions {
    /// A report's folder, a sheet (CSV or TSV with a header), or the folder of a LEAPP tool's LAVA output
    pub(crate) a: PathBuf,
    /// Another
    pub(crate) b: PathBuf,
    /// The comparison, as JSON: a file that does not exist yet; - for stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Only these kinds of records (`message,call`)
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) kinds: Vec<String>,
    /// Of reports only what is live: other tools seldom tell older and deleted rows
    #[arg(long)]
    pub(crate) live: bool,
    /// The kind of the rows of a sheet that has no column `kind`
    #[arg(long, value_name = "KIND")]
    pub(crate) sheet_kind: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// The id of a record
    pub(crate) record: String,
    /// The extraction; without it the walk is told and no bytes are shown
    pub(crate) evidence: Option<PathBuf>,
    /// The definitions that were added to the run, from a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) formats: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// Into what; may be given several times (see docs/export.md)
    #[arg(long, value_name = "KIND", required = true, value_delimiter = ',', value_parser = targets())]
    pub(crate) to: Vec<String>,
    /// A folder that does not exist yet
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    /// Nothing on stderr but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExhibitOptions {
    /// The folder of the report
    pub(crate) report: PathBuf,
    /// Which records, such as 'party ~ 5550101 and time < 2024-01-01'; of several what any takes (see docs/exhibit.md)
    #[arg(long, value_name = "EXPR", required = true)]
    pub(crate) select: Vec<String>,
    /// The exhibit's own label: it stands on each page
    #[arg(long, value_name = "LABEL")]
    pub(crate) label: String,
    /// The Bates number of the first page; without it LABEL-0001
    #[arg(long, value_name = "NUMBER")]
    pub(crate) bates: Option<String>,
    /// A folder that does not exist yet
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Show times in this zone too, such as Europe/London; UTC always stands there
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) zone: String,
    /// What is withheld: a file of rules (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) redact: Option<PathBuf>,
    /// What stands under the label on the first page
    #[arg(long, value_name = "TEXT", default_value = "Schedule of messages")]
    pub(crate) title: String,
    /// The date that the document bears; without it the day on which the report was made
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// Rows of one volume; a longer schedule is split
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub(crate) volume_rows: u32,
    /// A folder of fonts; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) font_path: Vec<PathBuf>,
    /// Only fonts of --font-path: the same pages on every machine
    #[arg(long, requires = "font_path")]
    pub(crate) no_system_fonts: bool,
    /// No pages: slice and workbook alone
    #[arg(long)]
    pub(crate) no_pdf: bool,
    /// Nothing on stderr but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

fn targets() -> PossibleValuesParser {
    PossibleValuesParser::new(Target::ALL.iter().map(|target| target.name()))
}

#[derive(Debug, Args)]
pub(crate) struct InspectOptions {
    /// The file; its -wal and -journal are read where they lie beside it
    pub(crate) file: PathBuf,
    /// Print rows (or the values of a tree) as JSON Lines
    #[arg(long)]
    pub(crate) dump: bool,
    /// Only this table
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Only rows of these views: live, wal, wal-old, uncommitted, main, journal, journal-old, freelist, freeblock, unallocated,
    /// unreachable
    #[arg(long, value_name = "VIEWS", default_value = "all")]
    pub(crate) views: Views,
    /// Print every commit of the write-ahead log and what it changed, row by row, as JSON Lines
    #[arg(long, conflicts_with_all = ["dump", "place"])]
    pub(crate) commits: bool,
    /// Take this page of a database apart, field by field with hex
    #[arg(long, value_name = "N", group = "place", conflicts_with = "dump")]
    pub(crate) page: Option<u32>,
    /// Say what stands at this byte of a database or its companion (`20114` or `0x4e92`)
    #[arg(long, value_name = "N", group = "place", conflicts_with = "dump", value_parser = offset)]
    pub(crate) offset: Option<u64>,
    /// In which file; without it --page reads the image that counts, --offset the main file
    #[arg(long, value_enum, requires = "place")]
    pub(crate) source: Option<SourceChoice>,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}

fn offset(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let number = digits.map_or_else(|| text.parse(), |digits| u64::from_str_radix(digits, 16));
    number.map_err(|_| "expected a number of bytes, such as 20114 or 0x4e92".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceChoice {
    /// The database file
    Main,
    /// Its write-ahead log
    Wal,
    /// Its rollback journal
    Journal,
}

#[derive(Debug, Args)]
pub(crate) struct FormatsOptions {
    #[command(subcommand)]
    pub(crate) command: FormatsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FormatsCommand {
    /// List the definitions
    List {
        /// More definitions, from a folder
        #[arg(long, value_name = "DIR")]
        formats: Option<PathBuf>,
    },
    /// Print one
    Show {
        /// Its id
        id: String,
        /// More definitions, from a folder
        #[arg(long, value_name = "DIR")]
        formats: Option<PathBuf>,
    },
    /// Check one, and run it on a sample
    Check {
        /// The definition
        file: PathBuf,
        /// An extraction, or one file that it reads
        #[arg(long, value_name = "FILE")]
        sample: Option<PathBuf>,
    },
    /// Draft one from a database: tables, columns, guessed kinds and units, marked as guesses
    New(NewOptions),
}

#[derive(Debug, Args)]
pub(crate) struct NewOptions {
    /// A SQLite database, encrypted or not
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// This table alone; may be given several times
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Vec<String>,
    #[command(flatten)]
    pub(crate) keys: KeyOptions,
}
