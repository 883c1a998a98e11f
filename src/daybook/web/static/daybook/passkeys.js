// Passkeys: a form marked data-passkey asks the browser for one and sends what it answered.
// "create" makes a new passkey, "get" uses one. The options are in the page, or fetched.

/** @param {HTMLFormElement} form */
async function optionsFor(form) {
  const address = form.dataset.options;
  if (!address) return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "");
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("The diary did not answer. Please try again in a minute.");
  return (await answer.json()).request_options;
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<Credential | null>}
 */
async function credentialFor(form) {
  const { publicKey } = await optionsFor(form);
  if (form.dataset.passkey === "get") {
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return navigator.credentials.get({ publicKey: options });
  }
  const alone = form.elements.namedItem("passwordless");
  if (alone instanceof HTMLInputElement && alone.checked) {
    // It has to be found without a user name, and to make sure who holds it.
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  }
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  return navigator.credentials.create({ publicKey: options });
}

/** @param {unknown} trouble */
function sentence(trouble) {
  if (!(trouble instanceof Error)) return "Something went wrong.";
  if (trouble.name === "NotAllowedError") return "No passkey was used: it was cancelled or took too long.";
  if (trouble.name === "InvalidStateError") return "This device has a passkey for you already.";
  return trouble.message;
}

/** @param {HTMLFormElement} form */
async function fillIn(form) {
  const said = form.querySelector("[role=alert]");
  if (said) said.textContent = said.className = "";
  try {
    const credential = await credentialFor(form);
    const field = form.elements.namedItem("credential");
    if (!(credential instanceof PublicKeyCredential) || !(field instanceof HTMLInputElement)) return;
    field.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (trouble) {
    if (!said) return;
    said.textContent = sentence(trouble);
    said.className = "mistake";
  }
}

const works = "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;
/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form[data-passkey]");
for (const form of forms) {
  if (!works) {
    const words = document.createElement("p");
    words.className = "hint";
    words.textContent = "This browser knows no passkeys.";
    form.replaceWith(words);
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void fillIn(form);
  });
}
