//! Native code that rvm has no part in gives an `UnsatisfiedLinkError` that names it and says why.

mod support;

use support::{compile, folder, run, rvm};

/// Programs, and what their uncaught error must say.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "Loads",
        "System.load(args[0]);",
        "UnsatisfiedLinkError: FILE: native libraries are not supported by this VM",
    ),
    (
        "LoadsByName",
        "System.loadLibrary(\"notthere\");",
        "UnsatisfiedLinkError: no notthere in java.library.path",
    ),
    ("Calls", "new Calls().missing(1);", "UnsatisfiedLinkError: 'void Calls.missing(int)'"),
    (
        "Draws",
        "new java.awt.image.BufferedImage(1, 1, 1).createGraphics();",
        "UnsatisfiedLinkError: 'void sun.java2d.SurfaceData.initIDs()' (not provided by this VM)",
    ),
    (
        "Measures",
        "new java.awt.Font(\"Serif\", 0, 9).getStringBounds(\"x\", \
         new java.awt.font.FontRenderContext(null, true, true));",
        "UnsatisfiedLinkError: ",
    ),
];

#[test]
fn refused_by_name() {
    let scene = folder("native_code");
    let library = scene.join("libsome.so");
    std::fs::write(&library, "whatever it holds").expect("a file");
    let mut sources = Vec::new();
    for (name, body, _) in REFUSED {
        let text = format!(
            "public class {name} {{ native void missing(int n); \
             public static void main(String[] args) throws Exception {{ {body} }} }}"
        );
        let source = scene.join(name).with_extension("java");
        std::fs::write(&source, text).expect("a source is written");
        sources.push(source);
    }
    compile(&sources, &scene);
    for (name, _, expected) in REFUSED {
        let mut command = rvm();
        let command = command.args(["java", "-Djava.awt.headless=true", "-cp"]).arg(&scene);
        let outcome = run(command.arg(name).arg(&library), "");
        let expected = expected.replace("FILE", &library.to_string_lossy());
        assert!(outcome.err.contains(&expected), "{name}:\n{}", outcome.err);
        assert_eq!(outcome.code, Some(1), "{name}");
    }
}
