/** Code that checks a signature, with the libraries of Standard Webhooks. The secret comes from the environment. */
export const SNIPPETS = [
  {
    language: 'Node.js',
    code: `// npm install standardwebhooks express
import express from 'express';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

express()
  .post('/users', express.raw({ type: '*/*' }), (request, response) => {
    try {
      // Throws when the signature is wrong or too old.
      const user = webhook.verify(request.body, request.headers);
      console.log(request.get('X-Defguard-Event'), user.username);
      response.sendStatus(204);
    } catch {
      response.sendStatus(401);
    }
  })
  .listen(8080);
`,
  },
  {
    language: 'Python',
    code: `# pip install standardwebhooks flask
import os
from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])

@app.post("/users")
def users():
    try:
        # Raises when the signature is wrong or too old.
        user = webhook.verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "", 401
    print(request.headers["X-Defguard-Event"], user["username"])
    return "", 204
`,
  },
  {
    language: 'Go',
    code: `// go get github.com/standard-webhooks/standard-webhooks/libraries/go
package main

import (
	"io"
	"log"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		// An error when the signature is wrong or too old.
		if err := webhook.Verify(body, r.Header); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		log.Println(r.Header.Get("X-Defguard-Event"), string(body))
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
`,
  },
] as const;
