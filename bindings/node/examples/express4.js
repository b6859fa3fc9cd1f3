'use strict';

const express = require('express4');

const app = require('./express-app')(express);

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`);
});

process.on('SIGTERM', () => server.close());
