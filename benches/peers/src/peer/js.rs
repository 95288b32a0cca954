//! The JavaScript of the workloads, for Boa and QuickJS.

use crate::work::Work;

/// An expression that gives the function.
pub fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "(function (a, b) { return 1 + a * 3 - b / 2; })",
        Work::W2 => {
            "(function (status, retries, params) { return status == 'SUCCEEDED' && retries < 3 && params['env'] == 'prod'; })"
        }
        Work::W3 => {
            "(function (name) { return ['a', name, 'b'].join('-') + '_' + name.toUpperCase().substring(1, 3); })"
        }
        Work::W4 => {
            "(function () {
                 let x = 0;
                 for (let i = 0; i < 1000; i += 1) { if (i % 3 == 0) { x += i; } else { x += 1; } }
                 return x;
             })"
        }
        Work::W5 => {
            "(function () {
                 let m = 0;
                 for (let i = 0; i < 100; i += 1) {
                     for (let j = 0; j < 100; j += 1) { for (let k = 0; k < 100; k += 1) { m += 1; } }
                 }
                 return m;
             })"
        }
        Work::W6 => {
            "(function () {
                 const a = new Array(1000).fill(0);
                 for (let i = 0; i < 1000; i += 1) { a[i] = i * i; }
                 let s = 0;
                 for (let i = 0; i < 1000; i += 1) { s += a[i]; }
                 return s;
             })"
        }
        Work::W7 => {
            "(function () {
                 const m = new Map();
                 for (let i = 0; i < 100; i += 1) { m.set(String(i), i); }
                 let s = 0;
                 for (let i = 0; i < 100; i += 1) { s += m.get(String(i)); }
                 return s;
             })"
        }
        Work::W8 => return None,
        Work::W9 => {
            "(function () {
                 const n = 5000, c = new Array(n).fill(false);
                 let count = 0;
                 for (let i = 2; i < n; i += 1) {
                     if (!c[i]) { count += 1; for (let j = i * i; j < n; j += i) { c[j] = true; } }
                 }
                 return count;
             })"
        }
    })
}
