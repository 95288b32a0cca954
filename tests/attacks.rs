//! Hostile programs: each is refused, or bounded, within a second and within its memory limit. The
//! allocator of this test binary counts what each thread really holds.

#![allow(unsafe_code, reason = "a counting allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use sel::{Env, Limits, Outcome, Program, Usage, Value};

mod common;

struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

// SAFETY: every call goes on to the system's allocator unchanged; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as our caller promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as our caller promises.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `work` and tells how many bytes were allocated on top at the most.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let out = work();
    (out, usize::try_from(PEAK.get() - before).unwrap_or(0))
}

fn env() -> Env {
    Env::new()
        .with("text", "secret")
        .with("num", 7)
        .with("longs", vec![1_i64, 2, 3])
        .with("names", vec!["a".to_owned(), "b".to_owned()])
        .with_now(1_700_000_000_000)
        .with_seed(1)
}

fn run(source: &str, limits: &Limits) -> (Result<Outcome, sel::Error>, Usage) {
    match Program::compile_with(source, limits) {
        Ok(program) => program.run_measured(&env(), limits, None),
        Err(error) => (Err(error), Usage::default()),
    }
}

const CLASSES: &str = "Runtime ProcessBuilder Process Thread ThreadGroup ThreadLocal ClassLoader Class \
    Object Package Module Method Field Constructor Proxy Unsafe MethodHandles Files Paths Path File \
    FileReader FileWriter FileInputStream FileOutputStream RandomAccessFile Scanner PrintStream \
    InputStreamReader BufferedReader Socket ServerSocket DatagramSocket URL URI URLConnection \
    HttpURLConnection HttpClient InetAddress ScriptEngineManager Compiler Instrumentation \
    ManagementFactory SecurityManager AccessController Serializable ObjectInputStream Beans \
    ServiceLoader Executors ForkJoinPool CompletableFuture Timer Random SecureRandom Cipher KeyStore \
    Properties ResourceBundle Logger DriverManager InitialContext Optional Stream List ArrayList Set \
    HashSet Iterator StringBuilder StringBuffer Character Byte Short Void Number BigDecimal BigInteger";

#[test]
fn no_class_but_the_tables_is_in_reach() {
    let mut count = 0;
    for class in CLASSES.split_whitespace() {
        for form in [
            "new X();",
            "new X('id');",
            "return new X(1, 'a', null);",
            "X.getRuntime().exec('id');",
            "X.forName('java.lang.Runtime');",
            "return X.INSTANCE;",
            "java.lang.X.exit(0);",
            "import java.io.X; X.load('/etc/passwd');",
            "X x = text; return x;",
            "X[] xs = new X[3]; return xs;",
        ] {
            let source = form.replace('X', class);
            refused(&source);
            count += 1;
        }
    }
    assert!(count >= 700);
}

#[test]
fn no_reflective_method_answers() {
    let receivers = [
        "'a'",
        "text",
        "num",
        "(1)",
        "1.5",
        "true",
        "null",
        "nope",
        "longs",
        "names",
        "new Map()",
        "new DateTime(0)",
        "DateTimeZone.UTC",
        "DateTimeFormat.forPattern('yyyy')",
        "Days.daysBetween(new DateTime(0), new DateTime(0))",
        "new DateTime(0).dayOfWeek()",
        "UUID.randomUUID()",
        "params",
        "String",
        "Long",
        "Math",
        "System",
        "Util",
        "Map",
        "DateTime",
        "Arrays",
    ];
    let methods = "getClass forName newInstance getMethod getMethods getDeclaredMethods getDeclaredFields \
        getDeclaredConstructors getConstructor invoke exec exit getenv getProperty setProperty \
        getRuntime load loadLibrary loadClass getClassLoader getResource wait notify notifyAll clone \
        finalize setAccessible getProtectionDomain getModule getPackage defineClass arraycopy \
        identityHashCode console setOut setIn runFinalization gc halt readObject writeObject";
    for receiver in receivers {
        for method in methods.split_whitespace() {
            refused(&format!("{receiver}.{method}();"));
            refused(&format!("{receiver}.{method}('a', 1);"));
            refused(&format!("return {receiver}.{method}('java.lang.Runtime').x;"));
        }
    }
    for source in ["'a'.class;", "this.x;", "super.x();", "text.class.name;", "new int[3].class;"] {
        refused(source);
    }
}

fn refused(source: &str) {
    let start = Instant::now();
    let (result, _) = run(source, &Limits::default());
    assert!(result.is_err(), "was not refused: {source}: {result:?}");
    assert!(start.elapsed() < Duration::from_secs(1), "too slow: {source}");
}

/// Programs that want more time or memory than there is. `true`: they must fail.
fn bombs() -> Vec<(bool, String)> {
    let mut bombs: Vec<(bool, String)> = Vec::new();
    let mut must_fail = |source: &str| bombs.push((true, source.to_owned()));
    for source in [
        "while (true) {}",
        "for (;;) {}",
        "for (i = 0; i < 25000; i += 1) for (j = 0; j < 25000; j += 1) {} return 1;",
        "for (i = 9223372036854775800; i != 0; i += 1) {}",
        "s = 'x'; for (i = 0; i < 40; i += 1) s += s; return s.length();",
        "s = 'x'; for (i = 0; i < 40; i += 1) s = s + s; return s.length();",
        "s = 'é'; for (i = 0; i < 40; i += 1) s = s + s + s + s; return s.length();",
        "'x'.repeat(9223372036854775807);",
        "'x'.repeat(2000000000).length();",
        "a = 'a'.repeat(100000); return a.replace('a', a).length();",
        "a = 'a'.repeat(100000); return a.replaceAll('a', a).length();",
        "a = 'a'.repeat(100000); return a.replaceAll('', a).length();",
        "a = 'a'.repeat(100000); return a.replace('', a).length();",
        "a = 'a'.repeat(9000000); for (i = 0; i < 20; i += 1) a = a.replaceAll('(.)', '$1$1$1$1'); return a;",
        "b = 'x'.repeat(5000); return String.join(b, new String[25000]).length();",
        "String.format('%2147483647s', 'x');",
        "String.format('%100000000d', 1);",
        "String.format('%.2147483647f', 1.5);",
        "String.format('%-99999999999s', 'x');",
        "String.format('%1$100000000s%1$100000000s%1$100000000s', 'x');",
        "a = 'x'.repeat(9000000); return String.format('%s%s%s', a, a, a).length();",
        "'x,'.repeat(1000000).split(',').length;",
        "'x'.repeat(1000000).split('').length;",
        "a = '\\\\'.repeat(6000000); return a.escape().length();",
        "a = 'ß'.repeat(3000000); return a.toUpperCase().length();",
        "m = new Map(); for (i = 0; i < 25000; i += 1) m.put('' + i, new long[25000]); return m.size();",
        "m = new Map(); for (i = 0; i < 25000; i += 1) m.put('' + i, 'x'.repeat(10000)); return m.size();",
        "m = new Map(); for (i = 0; i < 60; i += 1) { n = new Map(); n.put('a', m); n.put('b', m); m = n; } return m;",
        "m = new Map(); for (i = 0; i < 60; i += 1) { n = new Map(); n.put('a', m); n.put('b', m); m = n; } return '' + m;",
        "m = new Map(); m.put('m', m); return m;",
        "a = new Map(); b = new Map(); a.put('b', b); b.put('a', a); return a;",
        "new long[25001];",
        "new long[9223372036854775807];",
        "new long[4294967297];",
        "new long[0 - 1];",
        "Util.intsBetween(5, 0, 0);",
        "Util.intsBetween(0, 2147483647, 1);",
        "Util.dateIntsBetween(10000101, 99991231, 1);",
        "Util.dateIntsBetween(20200101, 20210101, 0);",
        "new DateTime(9223372036854775807).plusYears(1);",
        "new DateTime(0).plusYears(2147483647).plusYears(2147483647);",
        "DateTimeZone.forID('../../etc/passwd');",
        "DateTimeZone.forID('+99:99');",
        "DateTimeZone.forID('x'.repeat(100000));",
        "1 / 0;",
        "Long.parseLong('9'.repeat(30));",
    ] {
        must_fail(source);
    }
    let bounded = [
        "('a'.repeat(50) + 'b').matches('(a+)+$') || ('a'.repeat(5000) + 'b').matches('(a|aa)+$');",
        "'x'.matches('x{1,100000}{1,100000}{1,100000}');",
        "'x'.replaceAll('(((a{1,100}){1,100}){1,100}){1,100}', '');",
        "a = 'a'.repeat(400000); return a.contains('a'.repeat(20000) + 'b');",
        "a = 'a'.repeat(400000); return a.lastIndexOf('b' + 'a'.repeat(20000));",
        "for (i = 0; i < 2000; i += 1) { x = 'aaaa'.replaceAll('a' + i, 'b'); } return x;",
        "for (i = 0; i < 20000; i += 1) { x = new long[1000]; } return x.length;",
        "s = ''; for (i = 0; i < 25000; i += 1) s = s + 'x'; return s.length();",
        "Double.parseDouble('1' + '0'.repeat(5000)) > 0;",
        "new DateTime(0).toString('y'.repeat(500)).length() > 0;",
        "('a'.repeat(2000) + '!').replaceAll('(a*)*b', 'x').length();",
        "m = new Map(); for (i = 0; i < 20000; i += 1) { n = new Map(); n.put('m', m); m = n; } return 1;",
    ];
    bombs.extend(bounded.map(|source| (false, source.to_owned())));
    bombs
}

#[test]
fn bombs_end_within_their_limits() {
    let limits =
        Limits { memory: 10_000_000, time: Duration::from_millis(500), ..Limits::default() };
    let mut failed = Vec::new();
    for (must_fail, source) in bombs() {
        let start = Instant::now();
        let ((result, _), peak) = peak_of(|| run(&source, &limits));
        let elapsed = start.elapsed();
        if must_fail && result.is_ok() {
            failed.push(format!(
                "was not refused: {source}: {:?}",
                result.map(|o| format!("{o:?}").len())
            ));
        }
        // Debug builds are some twenty times slower; the deadline is honoured in both.
        if elapsed > Duration::from_millis(1000) {
            failed.push(format!("took {elapsed:?}: {source}"));
        }
        if peak > 40_000_000 {
            failed.push(format!("peak of {peak} bytes: {source}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Every row of the class table, over and over, and all that it gives is kept: what is really
/// allocated stays near the limit.
#[test]
fn no_row_of_the_table_allocates_past_the_limit() {
    let env = common::library::inputs(6_000, 500);
    let limits = Limits {
        memory: 500_000,
        loop_iterations: 300,
        time: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut failed = Vec::new();
    for call in common::library::calls() {
        for form in [
            "h = new Map(); for (i = 0; i < 250; i += 1) { h.put('' + i, CALL); } return 1;",
            "h = ''; for (i = 0; i < 250; i += 1) { h = h + CALL; } return h;",
            "h = new Map(); for (i = 0; i < 250; i += 1) { h.put('' + CALL, i); } return h;",
        ] {
            let source = form.replace("CALL", &call);
            let program = Program::compile(&source).unwrap_or_else(|e| panic!("{source}: {e}"));
            let (outcome, peak) = peak_of(|| program.run(&env, &limits, None));
            if peak > limits.memory * 2 {
                failed.push(format!("{peak} bytes: {source}"));
            }
            drop(outcome);
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Programs that hold about as much as their number says, of each kind of value.
fn holders() -> Vec<String> {
    let mut out = Vec::new();
    for n in [3_000, 6_000, 12_000, 24_000] {
        for source in [
            "a = new long[N]; return a.length;",
            "a = new double[N]; return a.length;",
            "a = new String[N]; return a.length;",
            "a = new String[N]; for (i = 0; i < N; i += 1) a[i] = 'abcdefghijklmnopqrstuvwxyz' + i; return a.length;",
            "a = new String[N]; for (i = 0; i < N; i += 1) a[i] = 'é' + i; return a.length;",
            "s = 'x'.repeat(N * 20); return s.length();",
            "s = 'é'.repeat(N * 20); return s.length();",
            "s = 'ab'.repeat(N * 10).toUpperCase(); return s.length();",
            "s = ''; for (i = 0; i < N; i += 1) s += 'some text'; return s.length();",
            "s = ''; for (i = 0; i < N; i += 1) s += 'é'; return s.length();",
            "m = new Map(); for (i = 0; i < N; i += 1) m.put('' + i, i); return m.size();",
            "m = new Map(); for (i = 0; i < N; i += 1) m['a long enough key for the heap ' + i] = 'v' + i; return m.size();",
            "m = new Map(); for (i = 0; i < N; i += 1) m.put('' + i, new Map()); return m.size();",
            "m = new Map(); for (i = 0; i < N; i += 1) { k = new Map(); k.put('x', i); m.put('' + i, k); } return m.size();",
            "m = new Map(); for (i = 0; i < N; i += 1) m.put('' + i, new long[10]); return m.size();",
            "m = new Map(); for (i = 0; i < N; i += 1) { n = new Map(); n.put('m', m); m = n; } return 1;",
            "a = 'x,'.repeat(N).split(','); return a.length;",
            "a = ('some longer part to keep on the heap,').repeat(N).split(','); return a.length;",
            "a = 'aXb'.repeat(N).replaceAll('X', '-----'); return a.length();",
            "a = 'aXb'.repeat(N).replace('X', '-----'); return a.length();",
            "a = String.join(', ', 'x,'.repeat(N).split(',')); return a.length();",
            "a = Util.intsBetween(0, N, 1); return a.length;",
            "a = String.format('%' + N * 20 + 's', 'x'); return a.length();",
            "b = ''; for (i = 0; i < 40; i += 1) b = b + 'x'.repeat(N); return b.length();",
            "m = new Map(); for (i = 0; i < 50; i += 1) m.put('' + i, 'y'.repeat(N)); return m.size();",
        ] {
            out.push(source.replace('N', &n.to_string()));
            // The same after garbage of the same size: memory is what is live.
            out.push(format!(
                "g = new String[{n}]; g = new String[1]; {}",
                source.replace('N', &n.to_string())
            ));
        }
    }
    out
}

#[test]
fn accounted_memory_is_within_a_factor_of_three_of_the_allocators() {
    let limits = Limits::default();
    let programs = holders();
    assert!(programs.len() >= 200);
    let mut failed = Vec::new();
    for source in programs {
        let program = Program::compile_with(&source, &limits).unwrap();
        let env = env();
        let ((result, usage), real) = peak_of(|| program.run_measured(&env, &limits, None));
        assert!(result.is_ok(), "{source}: {result:?}");
        let accounted = usage.peak_memory;
        if real > 3 * accounted || accounted > 3 * real {
            failed.push(format!("accounted {accounted}, really {real}: {source}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn all_that_was_accounted_is_given_back() {
    let program = Program::compile(
        "m = new Map(); for (i = 0; i < 1000; i += 1) { m.put('k' + i % 10, 'a,b,c'.split(',')); } return 1;",
    )
    .unwrap();
    let env = env();
    let limits = Limits::default();
    let before = LIVE.get();
    for _ in 0..5 {
        drop(program.run(&env, &limits, None));
    }
    assert_eq!(LIVE.get(), before, "an evaluation leaves nothing behind");
}

#[test]
fn messages_quote_little() {
    let limits = Limits::default();
    for source in [
        "Long.parseLong('9'.repeat(100000));",
        "DateTimeZone.forID('z'.repeat(100000));",
        "new DateTime('x'.repeat(100000));",
        "'a'.matches('('.repeat(900));",
    ] {
        let (result, _) = run(source, &limits);
        let error = result.unwrap_err();
        assert!(error.message().len() < 400, "{source}: {}", error.message().len());
    }
}

#[test]
fn results_are_the_same_from_many_threads() {
    let sources = [
        "s = 0; for (i = 0; i < 20; i += 1) s += i * num; return s;",
        "return text.toUpperCase() + num + String.join('-', names);",
        "m = new Map(); for (i = 0; i < 5; i += 1) m['k' + i] = longs[i % 3]; return '' + m;",
        "longs[0] = longs[1] + longs[2]; return longs;",
        "new DateTime(0).plusDays(num).toString('yyyy-MM-dd');",
        "return 1 / (num - 7);",
        "throw 'at ' + num;",
        "String.format('%05d', num) + 'a1b2'.replaceAll('[0-9]', '#');",
    ];
    let programs: Vec<Program> = sources.iter().map(|s| Program::compile(s).unwrap()).collect();
    let limits = Limits::default();
    let once = |program: &Program| program.run(&env(), &limits, None);
    let wanted: Vec<_> = programs.iter().map(once).collect();
    assert_eq!(wanted[0].as_ref().unwrap(), &Outcome::Value(Value::Long(1330)));
    // A million in release builds; debug builds are some twenty times slower.
    let rounds = if cfg!(debug_assertions) { 400 } else { 15_625 };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let env = env();
                let mut live = None;
                for _ in 0..rounds {
                    for (program, wanted) in programs.iter().zip(&wanted) {
                        assert_eq!(&program.run(&env, &limits, None), wanted);
                    }
                    let now = LIVE.get();
                    assert_eq!(*live.get_or_insert(now), now, "memory is flat");
                }
            });
        }
    });
}
