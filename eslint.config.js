import js from "@eslint/js";
import globals from "globals";

export default [
  {
    files: ["src/daybook/**/static/**/*.js"],
    ...js.configs.recommended,
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    rules: {
      ...js.configs.recommended.rules,
      "eqeqeq": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-var": "error",
      "prefer-const": "error",
      // What people typed becomes text, never markup.
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Use textContent, or a template on the server." },
        { property: "outerHTML", message: "Use replaceWith, or a template on the server." },
        { property: "insertAdjacentHTML", message: "Use append, or a template on the server." },
      ],
    },
  },
];
