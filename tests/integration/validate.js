// Judges documents by validators of others. Usage: node validate.js DIRECTORY, where parser.js,
// cloudevents.js and ajv.js are (tests/integration/registry.py). Each line of the standard input is a
// JSON question, and gets a line with a list of complaints:
//   {"asyncapi": TEXT}                    by AsyncAPI's own parser
//   {"cloudevent": EVENT}                 by the CloudEvents JSON schema
//   {"document": D, "at": "#/a/b", "value": V}   V by the JSON schema at that place in D

"use strict";

const fs = require("fs");
const path = require("path");
const readline = require("readline");

const directory = path.resolve(process.argv[2]);

function asyncapiParser() {
    globalThis.self = globalThis.window = globalThis; // the file is made for browsers
    const Parser = require(path.join(directory, "parser.js"));
    return new Parser();
}

// The schema stands in the compiled code as the first constant.
function cloudeventsSchema() {
    const code = fs.readFileSync(path.join(directory, "cloudevents.js"), "utf8");
    const schema = JSON.parse(code.match(/^const schema\d+ = (\{ ?"\$schema".*\});$/m)[1]);
    if (schema.description !== "CloudEvents Specification JSON Schema")
        throw new Error("that is not the schema of CloudEvents");
    return schema;
}

function ajv() {
    const Ajv = require(path.join(directory, "ajv.js"));
    return new Ajv({ allErrors: true, format: "full" });
}

const complaints = (validate, value) => validate(value) ? [] :
    validate.errors.map((error) => `${error.dataPath} ${error.message}`);

const parser = asyncapiParser();
const isCloudevent = ajv().compile(cloudeventsSchema());

async function judge(question) {
    if (question.asyncapi !== undefined) {
        const { diagnostics } = await parser.parse(question.asyncapi);
        return diagnostics.filter(({ severity }) => severity <= 1) // errors and warnings
            .map(({ code, message, path: place }) => `${code}: ${place.join("/")}: ${message}`);
    }
    if (question.cloudevent !== undefined)
        return complaints(isCloudevent, question.cloudevent);
    const validator = ajv().addSchema(question.document, "document");
    return complaints(validator.compile({ $ref: "document" + question.at }), question.value);
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin }))
        console.log(JSON.stringify(await judge(JSON.parse(line))));
}

main();
